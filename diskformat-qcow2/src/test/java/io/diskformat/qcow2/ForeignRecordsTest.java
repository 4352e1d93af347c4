package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DirtyBitmap;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What others keep in an image about its disk, and a writer that keeps it, or says that it does
 * not.
 */
final class ForeignRecordsTest {
  private static final int SIZE = 1 << 18;
  private static final int WRITTEN = SIZE / 2;
  private static final int GRANULARITY = 64 << 10;
  private static final int PER_POINT = 12;

  /** An autoclear bit that means something to somebody else. */
  private static final long UNKNOWN = 1 << 5;

  @TempDir private Path directory;

  /** Who believes what is recorded, when the power is back, must not miss a change. */
  @Test
  void nothingChangesBeforeTheRecordsAreMarkedAsOutOfDate() throws IOException {
    byte[] before = RandomContent.of(1, 0, SIZE);
    FaultyStorage storage = image(before);
    try (DiskImage disk =
        DiskImages.open(new NamedStorage(storage, null), OpenOptions.writable().format("qcow2"))) {
      disk.write(0, RandomContent.of(2, 0, WRITTEN));
    }
    long checked =
        CrashImages.of(storage)
            .check(
                Seeds.of(getClass()),
                PER_POINT,
                (left, _) -> {
                  try (DiskImage disk =
                      DiskImages.open(left, OpenOptions.readOnly().format("qcow2"))) {
                    byte[] content = new byte[SIZE];
                    disk.read(0, content);
                    assertTrue(
                        (HeaderParser.read(left).autoclear() & UNKNOWN) == 0
                            || Arrays.equals(before, content),
                        "changed, and passes for what it was");
                    checkBitmaps(disk, before, content);
                  }
                });
    assertTrue(checked > 10, "only " + checked);
    assertEquals(Qcow2Header.BITMAPS, HeaderParser.read(storage).autoclear());
    try (DiskImage disk =
        DiskImages.open(new NamedStorage(storage, null), OpenOptions.readOnly().format("qcow2"))) {
      for (DirtyBitmap bitmap : disk.bitmaps()) {
        assertEquals(new DirtyBitmap(bitmap.name(), GRANULARITY, true, false), bitmap);
        assertEquals(new DirtyCursor.Range(0, WRITTEN), disk.dirtyRanges(bitmap.name()).next());
      }
    }
  }

  /** What passes for consistent must record all that has changed. */
  private static void checkBitmaps(DiskImage disk, byte[] before, byte[] content)
      throws IOException {
    for (DirtyBitmap bitmap : disk.bitmaps()) {
      if (bitmap.inconsistent()) {
        continue;
      }
      byte[] unrecorded = content.clone();
      DirtyCursor cursor = disk.dirtyRanges(bitmap.name());
      for (DirtyCursor.Range range = cursor.next(); range != null; range = cursor.next()) {
        System.arraycopy(
            before, (int) range.offset(), unrecorded, (int) range.offset(), (int) range.length());
      }
      assertTrue(Arrays.equals(before, unrecorded), "changed, and not recorded as such");
    }
  }

  private FaultyStorage image(byte[] content) throws IOException {
    Path file = directory.resolve("image.qcow2");
    DiskImages.create(file, CreateOptions.format("qcow2").size(SIZE));
    try (DiskImage disk = DiskImages.open(file, OpenOptions.writable().format("qcow2"))) {
      disk.write(0, content);
    }
    Oracle.qemuImg("bitmap", "--add", file, "one").orFail();
    Oracle.qemuImg("bitmap", "--add", file, "two").orFail();
    HeaderPatch.of(file).setBits(HeaderPatch.AUTOCLEAR, UNKNOWN);
    try (Storage image = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      FaultyStorage storage = new FaultyStorage(PagedStorage.copyOf(image));
      assertTrue(isBelieved(storage));
      return storage;
    }
  }

  /** Returns whether anything is recorded that somebody would believe. */
  private static boolean isBelieved(Storage image) throws IOException {
    Qcow2Header header = HeaderParser.read(image);
    boolean bitmapBelieved =
        BitmapDirectory.describe(image, header).stream()
            .anyMatch(bitmap -> !String.valueOf(bitmap.get("flags")).contains("in-use"));
    return bitmapBelieved || (header.autoclear() & UNKNOWN) != 0;
  }
}
