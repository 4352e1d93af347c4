package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.BlockDevice;
import io.diskformat.DirtyBitmap;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Snapshot;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All that an image shows: its disk, its snapshots with the states that they have beyond the disk's
 * end, its bitmaps.
 */
final class ShownImage {
  private final byte[] disk;
  private final Map<Snapshot, byte[]> snapshots = new LinkedHashMap<>();
  private final Map<String, String> bitmaps = new LinkedHashMap<>();

  private ShownImage(DiskImage image) throws IOException {
    disk = content(image);
    for (Snapshot snapshot : image.info().snapshots()) {
      try (BlockDevice device = image.openSnapshot(snapshot.id())) {
        snapshots.put(snapshot, content(device));
      }
    }
    for (DirtyBitmap bitmap : image.bitmaps()) {
      bitmaps.put(bitmap.name() + bitmap.granularity(), ranges(image, bitmap.name()));
    }
  }

  static ShownImage of(DiskImage image) throws IOException {
    return new ShownImage(image);
  }

  /** Returns what the image in a file shows. */
  static ShownImage of(Storage file) throws IOException {
    try (DiskImage disk = DiskImages.open(file, QCOW2.readOnly())) {
      return of(disk);
    }
  }

  private static byte[] content(BlockDevice device) throws IOException {
    byte[] content = new byte[Math.toIntExact(device.size())];
    device.read(0, content);
    return content;
  }

  private static String ranges(DiskImage image, String bitmap) throws IOException {
    StringBuilder ranges = new StringBuilder();
    try {
      DirtyCursor cursor = image.dirtyRanges(bitmap);
      for (DirtyCursor.Range range = cursor.next(); range != null; range = cursor.next()) {
        ranges.append(range).append(' ');
      }
    } catch (DiskFormatException e) {
      ranges.append("inconsistent");
    }
    return ranges.toString();
  }

  byte[] disk() {
    return disk;
  }

  /** Returns whether the disk has no bytes. */
  boolean isEmpty() {
    return disk.length == 0;
  }

  /** Fails unless the image in a file shows the same. */
  void verify(Storage file) throws IOException {
    try (DiskImage disk = DiskImages.open(file, QCOW2.readOnly())) {
      verify(disk);
    }
  }

  /** Fails unless an image shows the same. */
  void verify(DiskImage image) throws IOException {
    ShownImage found = of(image);
    assertArrayEquals(disk, found.disk, "disk");
    assertEquals(snapshots.keySet(), found.snapshots.keySet());
    for (Map.Entry<Snapshot, byte[]> snapshot : snapshots.entrySet()) {
      assertArrayEquals(
          snapshot.getValue(), found.snapshots.get(snapshot.getKey()), snapshot::toString);
    }
    assertEquals(bitmaps, found.bitmaps);
  }
}
