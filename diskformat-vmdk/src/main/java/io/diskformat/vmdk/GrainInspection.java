package io.diskformat.vmdk;

import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Finds out where the file of a sparse extent that passes by must reach, at least: from its grain
 * directory and grain tables, if they are not too many.
 */
final class GrainInspection {
  /** The most tables to look at: enough for a TiB of the usual grains. */
  private static final int MOST_TABLES = 1 << 15;

  private final PassingImage image;
  private final int tableEntries;
  private final long grain;
  private final int streamStart;
  private long last;
  private int seen;

  /**
   * Begins with nothing.
   *
   * @param tableEntries how many entries a table has
   * @param grain the size of a grain in bytes, or 0 if each says how long it is
   * @param marked whether each also says where it is on the disk
   */
  GrainInspection(PassingImage image, int tableEntries, long grain, boolean marked) {
    this.streamStart = marked ? GrainStreams.MARKED_START : GrainStreams.UNMARKED_START;
    this.image = image;
    this.grain = grain;
    this.tableEntries = tableEntries;
  }

  void begin(long directory, int tables) {
    if (tables == 0) {
      return;
    }
    int count = Math.min(tables, PassingImage.MOST_BYTES / Integer.BYTES);
    image.read(
        directory,
        count * Integer.BYTES,
        bytes -> {
          ByteBuffer entries = bytes.order(ByteOrder.LITTLE_ENDIAN);
          for (int i = 0; i < count; i++) {
            table(Integer.toUnsignedLong(entries.getInt(i * Integer.BYTES)));
          }
          begin(directory + (long) count * Integer.BYTES, tables - count);
        });
  }

  private void table(long sector) {
    if (sector > 0) {
      long position = sector << ExtentLine.SECTOR_BITS;
      image.reaches(position + (long) tableEntries * Integer.BYTES, "a grain table");
      if (seen++ < MOST_TABLES) {
        entries(position, tableEntries);
      }
    }
  }

  private void grain(long position) {
    image.reaches(position + Math.max(grain, 1), "a grain");
    if (grain == 0) {
      image.read(
          position + streamStart - Integer.BYTES,
          Integer.BYTES,
          bytes ->
              image.reaches(
                  position
                      + streamStart
                      + Integer.toUnsignedLong(bytes.order(ByteOrder.LITTLE_ENDIAN).getInt()),
                  "a grain"));
    }
  }

  private void entries(long position, int left) {
    int count = Math.min(left, PassingImage.MOST_BYTES / Integer.BYTES);
    image.read(
        position,
        count * Integer.BYTES,
        bytes -> {
          ByteBuffer entries = bytes.order(ByteOrder.LITTLE_ENDIAN);
          long highest = GrainMap.ZEROED;
          for (int i = 0; i < count; i++) {
            highest = Math.max(highest, Integer.toUnsignedLong(entries.getInt(i * Integer.BYTES)));
          }
          if (highest > Math.max(last, GrainMap.ZEROED)) {
            last = highest;
            grain(highest << ExtentLine.SECTOR_BITS);
          }
          if (count < left) {
            entries(position + (long) count * Integer.BYTES, left - count);
          }
        });
  }
}
