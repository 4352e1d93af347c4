package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BitmapChange;
import io.diskformat.DirtyBitmap;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.FormatUnderTest;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bitmaps become those of a larger or a smaller disk, as QEMU has them. */
final class BitmapsResizedTest {
  private static final int CASES = Integer.getInteger("diskformat.bitmap.resizes", 8);

  @TempDir private Path directory;
  private final long seed = Seeds.of(getClass(), 1);

  /** What is in the bitmaps is what QEMU has in them, after writes and resizes in turn. */
  @Test
  void asQemuResizesThem() throws IOException {
    Oracle.of("qemu-img");
    Random random = new Random(seed);
    for (int i = 0; i < CASES; i++) {
      Path ours = directory.resolve("ours" + i);
      Path theirs = directory.resolve("theirs" + i);
      long size = 512L * (1 + random.nextInt(10_000));
      String cluster = "cluster_size=" + (512 << random.nextInt(8));
      Oracle.qemuImg("create", "-q", "-f", "qcow2", "-o", cluster, ours, size).orFail();
      Oracle.qemuImg("bitmap", "--add", "-g", 512 << random.nextInt(8), ours, "on").orFail();
      Oracle.qemuImg("bitmap", "--add", "-g", 512 << random.nextInt(8), ours, "off").orFail();
      write(ours, size, random.nextLong());
      Oracle.qemuImg("bitmap", "--disable", ours, "off").orFail();
      Files.copy(ours, theirs);
      for (int step = 0; step < 4; step++) {
        long next = 512L * (1 + random.nextInt(random.nextBoolean() ? 10_000 : 60_000));
        resize(ours, next, random.nextInt(3) == 0);
        Oracle.qemuImg("resize", "-q", "--shrink", "-f", "qcow2", theirs, next).orFail();
        long writes = random.nextLong();
        write(ours, next, writes);
        write(theirs, next, writes);
        Oracle.qemuImg("check", ours).orFail();
        String what = Seeds.toRepeat(seed) + ", case " + i + ", step " + step + ", " + next;
        assertEquals(bitmaps(theirs), bitmaps(ours), what);
      }
    }
  }

  private static void resize(Path image, long size, boolean amends) throws IOException {
    if (amends) {
      try (ImageMaintenance maintained = DiskImages.maintain(image, QCOW2.writable())) {
        maintained.amend(Map.of("size", String.valueOf(size)), ProgressListener.NONE);
      }
      return;
    }
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      disk.resize(size);
    }
  }

  private static void write(Path image, long size, long seed) throws IOException {
    Random random = new Random(seed);
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      for (int i = random.nextInt(4); i > 0; i--) {
        long offset = 512 * random.nextLong(size / 512);
        disk.write(offset, new byte[(int) Math.min(size - offset, 1 + random.nextInt(100_000))]);
      }
    }
  }

  private static String bitmaps(Path image) throws IOException {
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
      return bitmaps(disk);
    }
  }

  private static String bitmaps(DiskImage disk) throws IOException {
    StringBuilder words = new StringBuilder();
    for (DirtyBitmap bitmap : disk.bitmaps()) {
      words.append(bitmap).append(':');
      DirtyCursor ranges = bitmap.inconsistent() ? () -> null : disk.dirtyRanges(bitmap.name());
      for (DirtyCursor.Range range = ranges.next(); range != null; range = ranges.next()) {
        words.append(' ').append(range.offset()).append('-').append(range.end());
      }
      words.append(System.lineSeparator());
    }
    return words.toString();
  }

  private Path image() throws IOException {
    Path image = directory.resolve("image.qcow2");
    QCOW2.create(image, "cluster_size=512", 100 * 512);
    try (ImageMaintenance maintained = DiskImages.maintain(image, QCOW2.writable())) {
      maintained.change(new BitmapChange.Add("on", OptionalLong.of(512), true));
      maintained.change(new BitmapChange.Add("off", OptionalLong.of(512), false));
    }
    return image;
  }

  /** QEMU refuses both, too. */
  @Test
  void whatIsInconsistentAndWhatIsGoneBackToIsRefused() throws IOException {
    Path image = image();
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      disk.createSnapshot("first");
      String why =
          assertThrows(UnsupportedFeatureException.class, () -> disk.applySnapshot("first"))
              .getMessage();
      assertTrue(why.contains("Device has active dirty bitmaps"), why);
    }
    try (Storage file =
        io.diskformat.storage.FileStorage.open(
            image, false, io.diskformat.storage.FileStorage.Sharing.UNLOCKED)) {
      Qcow2Header header = HeaderParser.read(file);
      BitmapEntry entry = BitmapDirectory.entries(file, header).getFirst();
      HeaderPatch.of(image)
          .putInt(entry.position() + BitmapEntry.FLAGS, entry.flags() | BitmapEntry.IN_USE);
    }
    byte[] before = Files.readAllBytes(image);
    for (long size : new long[] {512, 200 * 512}) {
      try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
        String why = assertThrows(DiskFormatException.class, () -> disk.resize(size)).getMessage();
        assertTrue(why.contains("Bitmap 'on' is inconsistent and cannot be used"), why);
      }
    }
    assertEquals(-1, java.util.Arrays.mismatch(before, Files.readAllBytes(image)));
  }

  /** Whatever a power cut leaves, QEMU or we can go on with, and no bitmap is of another disk. */
  @Test
  void powerCuts() throws IOException {
    Path image = image();
    for (long size : new long[] {3 * 512, 9000 * 512}) {
      FaultyStorage storage = new FaultyStorage(FormatUnderTest.inMemory(image));
      try (DiskImage disk = DiskImages.open(new NamedStorage(storage, image), QCOW2.writable())) {
        disk.write(0, new byte[1000]);
        disk.resize(size);
        disk.write(1024, new byte[512]);
      }
      long checked =
          CrashImages.of(storage)
              .check(
                  seed,
                  6,
                  (left, point) -> {
                    assertEquals("", QCOW2.corruption(left));
                    for (var options : java.util.List.of(QCOW2.readOnly(), QCOW2.writable())) {
                      try (DiskImage disk =
                          DiskImages.open(new NamedStorage(left, image), options)) {
                        assertTrue(disk.size() == 100 * 512 || disk.size() == size);
                        if (!options.isWritable()) {
                          assertEquals(2, bitmaps(disk).lines().count());
                        }
                      }
                    }
                    assertEquals("", QCOW2.problem(left));
                  });
      assertTrue(checked > 30, checked + " power cuts");
    }
  }
}
