package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that an image survives a full host and a file that fails for good: a write that fails is
 * an exception and leaves the image consistent, and writing goes on once there is room.
 *
 * <p>A test class supplies layouts.
 */
public abstract class FullDiskProof extends Proof {
  /** The size of the disk, in bytes. */
  protected static final int SIZE = 1 << 20;

  private final byte[] model = new byte[SIZE];

  /** Creates a proof of a format. */
  protected FullDiskProof(FormatUnderTest format) {
    super(format);
  }

  /** Returns the layouts of the images. */
  protected abstract List<String> layouts();

  /** Returns the layout of the image whose file fails for good. */
  protected abstract String layoutToBreak();

  private PagedStorage image(String layout) throws IOException {
    Arrays.fill(model, (byte) 0);
    return format().created(file(), layout, SIZE);
  }

  /** A write to a full host is an exception, and writing goes on once there is room. */
  @ParameterizedTest
  @MethodSource("layouts")
  public final void aFullDiskIsAnExceptionAndWritingGoesOnOnceThereIsRoom(String layout)
      throws IOException {
    PagedStorage initial = image(layout);
    int failures = 0;
    for (int pages = 0; pages < 400; pages += pages < 40 ? 1 : 20) {
      Arrays.fill(model, (byte) 0);
      FaultyStorage storage = new FaultyStorage(initial.copy(initial.name()));
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
      assertEquals("", format().problem(storage));
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
      // It could not be flushed; if that was reported before, closing it again does nothing.
    }
  }

  private void assertHolds(DiskImage disk) throws IOException {
    byte[] found = new byte[SIZE];
    disk.read(0, found);
    assertEquals(-1, Arrays.mismatch(found, model));
  }

  /** Whatever operation on the file fails, and stays failing: what was flushed is there. */
  @Test
  public final void aBrokenDiskLosesNothingThatWasFlushed() throws IOException {
    PagedStorage initial = image(layoutToBreak());
    for (int changes = 0; changes < 120; changes++) {
      Arrays.fill(model, (byte) 0);
      FaultyStorage storage = new FaultyStorage(initial.copy(initial.name()));
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
      assertEquals("", format().problem(storage));
    }
  }
}
