package io.diskformat.vmdk;

import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Finds out where the file of a sparse extent that passes by must reach, at least: from its grain
 * directory and grain tables, if they are not too many.
 */
final class GrainInspection {
  /** Of tables that are looked at: enough for 256 GiB of the usual grains. */
  private static final int MOST_TABLES = 1 << 13;

  private final PassingImage image;
  private final int tableEntries;
  private int seen;

  /**
   * Begins with nothing.
   *
   * @param tableEntries how many entries a table has
   */
  GrainInspection(PassingImage image, int tableEntries) {
    this.image = image;
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

  private void entries(long position, int left) {
    int count = Math.min(left, PassingImage.MOST_BYTES / Integer.BYTES);
    image.read(
        position,
        count * Integer.BYTES,
        bytes -> {
          ByteBuffer entries = bytes.order(ByteOrder.LITTLE_ENDIAN);
          for (int i = 0; i < count; i++) {
            long sector = Integer.toUnsignedLong(entries.getInt(i * Integer.BYTES));
            if (sector > GrainMap.ZEROED) {
              image.reaches((sector << ExtentLine.SECTOR_BITS) + 1, "a grain");
            }
          }
          if (count < left) {
            entries(position + (long) count * Integer.BYTES, left - count);
          }
        });
  }
}
