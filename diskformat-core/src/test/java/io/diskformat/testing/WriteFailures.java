package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;

/** Writes that fail, at each step at which they can: the image stays consistent, and goes on. */
public abstract class WriteFailures {
  /** The size of the disk, in bytes. */
  protected static final int SIZE = 1 << 20;

  private final String format;

  private final byte[] model = new byte[SIZE];

  /** Creates what looks at images of one format. */
  protected WriteFailures(String format) {
    this.format = format;
  }

  /** Lays out an image whose disk has {@link #SIZE} bytes and is all zeroes. */
  protected abstract void create(Storage storage, String options) throws IOException;

  /** Returns what is wrong with an image that was closed, or an empty string. */
  protected abstract String problem(Storage image) throws IOException;

  /** Opens an image for writing, in a storage that outlives it. */
  protected DiskImage open(Storage storage) throws IOException {
    return DiskImages.open(new NamedStorage(storage, null), OpenOptions.writable().format(format));
  }

  private FaultyStorage image(String options) throws IOException {
    PagedStorage storage = new PagedStorage("image");
    create(storage, options);
    return new FaultyStorage(storage);
  }

  /** A full disk is an exception, and writing goes on once there is room. */
  protected final void fillTheDisk(String options) throws IOException {
    int failures = 0;
    for (int pages = 0; pages < 400; pages += pages < 40 ? 1 : 20) {
      Arrays.fill(model, (byte) 0);
      FaultyStorage storage = image(options);
      storage.limitSpace(pages * 4096L);
      DiskImage disk = open(storage);
      Random random = new Random(pages);
      for (int i = 0; i < 40; i++) {
        failures += write(disk, random) ? 0 : 1;
      }
      assertHolds(disk);
      storage.heal();
      for (int i = 0; i < 20; i++) {
        assertTrue(write(disk, random), "a write fails although there is room again");
      }
      disk.flush();
      assertHolds(disk);
      disk.close();
      assertEquals("", problem(storage));
    }
    assertTrue(failures > 100, "only " + failures + " writes failed");
  }

  /** Makes a write; if it fails, each of its sectors is as it was or as it should be. */
  private boolean write(DiskImage disk, Random random) throws IOException {
    int offset = random.nextInt(SIZE / 512) * 512;
    int length = Math.min(SIZE - offset, 512 * (1 + random.nextInt(100)));
    byte[] content = new byte[length];
    random.nextBytes(content);
    try {
      disk.write(offset, content);
      System.arraycopy(content, 0, model, offset, length);
      return true;
    } catch (IOException e) {
      byte[] found = new byte[length];
      disk.read(offset, found);
      for (int at = 0; at < length; at += 512) {
        boolean isNew = Arrays.equals(found, at, at + 512, content, at, at + 512);
        boolean isOld = Arrays.equals(found, at, at + 512, model, offset + at, offset + at + 512);
        assertTrue(isNew || isOld, "a failed write left something else");
      }
      System.arraycopy(found, 0, model, offset, length);
      return false;
    }
  }

  private static void closeBroken(DiskImage disk) {
    try {
      disk.close();
    } catch (IOException expected) {
      // It could not be flushed; if that was told before, closing it again does nothing.
    }
  }

  private void assertHolds(DiskImage disk) throws IOException {
    byte[] found = new byte[SIZE];
    disk.read(0, found);
    assertEquals(-1, Arrays.mismatch(found, model));
  }

  /** Whatever operation on the file fails, and stays failing: what was flushed is there. */
  protected final void breakTheDisk(String options) throws IOException {
    for (int changes = 0; changes < 120; changes++) {
      Arrays.fill(model, (byte) 0);
      FaultyStorage storage = image(options);
      Random random = new Random(changes);
      try (DiskImage disk = open(storage)) {
        for (int i = 0; i < 10; i++) {
          assertTrue(write(disk, random));
        }
        disk.flush();
      }
      byte[] flushed = model.clone();
      DiskImage disk = open(storage);
      storage.breakAfter(changes);
      try {
        for (int i = 0; i < 60; i++) {
          int offset = random.nextInt(SIZE / 512) * 512;
          disk.write(offset, Arrays.copyOfRange(flushed, offset, offset + 512));
          if (i % 7 == 0) {
            disk.flush();
          }
        }
        disk.close();
      } catch (IOException expected) {
        closeBroken(disk);
      }
      storage.heal();
      try (DiskImage survivor = open(storage)) {
        System.arraycopy(flushed, 0, model, 0, SIZE);
        assertHolds(survivor);
      }
      assertEquals("", problem(storage));
    }
  }
}
