package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PagedStorage;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writes that fail, at each step at which they can: the image stays consistent, and goes on. */
final class WriteFailureTest {
  private static final int SIZE = 1 << 20;
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("qcow2");

  private final byte[] model = new byte[SIZE];

  private static FaultyStorage image(String options) throws IOException {
    PagedStorage storage = new PagedStorage("image.qcow2");
    CreateOptions create = CreateOptions.format("qcow2").size(SIZE);
    for (String option : options.split(",")) {
      create = create.option(option.split("=")[0], option.split("=")[1]);
    }
    DiskImages.create(storage, create);
    return new FaultyStorage(storage);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cluster_size=512",
        "cluster_size=4096",
        "cluster_size=65536",
        "cluster_size=16384,extended_l2=on",
        "cluster_size=512,refcount_bits=64"
      })
  void aFullDiskIsAnExceptionAndWritingGoesOnOnceThereIsRoom(String options) throws IOException {
    int failures = 0;
    for (int pages = 0; pages < 400; pages += pages < 40 ? 1 : 20) {
      Arrays.fill(model, (byte) 0);
      FaultyStorage storage = image(options);
      storage.limitSpace(pages * 4096L);
      DiskImage disk = DiskImages.open(new NamedStorage(storage, null), WRITABLE);
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
      RefcountAudit audit = RefcountAudit.of(storage);
      assertEquals("", audit.corruption());
      assertEquals(0, audit.leaks());
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
  @Test
  void aBrokenDiskLosesNothingThatWasFlushed() throws IOException {
    for (int changes = 0; changes < 120; changes++) {
      Arrays.fill(model, (byte) 0);
      FaultyStorage storage = image("cluster_size=4096");
      Random random = new Random(changes);
      try (DiskImage disk = DiskImages.open(new NamedStorage(storage, null), WRITABLE)) {
        for (int i = 0; i < 10; i++) {
          assertTrue(write(disk, random));
        }
        disk.flush();
      }
      byte[] flushed = model.clone();
      DiskImage disk = DiskImages.open(new NamedStorage(storage, null), WRITABLE);
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
      try (DiskImage survivor = DiskImages.open(new NamedStorage(storage, null), WRITABLE)) {
        System.arraycopy(flushed, 0, model, 0, SIZE);
        assertHolds(survivor);
      }
      assertEquals("", RefcountAudit.of(storage).corruption());
      assertEquals(0, RefcountAudit.of(storage).leaks());
    }
  }
}
