package io.diskformat.iso;

import io.diskformat.CheckReport;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.DirectoryCheck.Directory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * Checks path tables, which list all directories again, by level, in either byte order, against the
 * directories. Nobody needs them to read a disc, and some tools write but one.
 *
 * <pre>
 * offset  size  field of a record
 *    0      1   length of the name
 *    1      1   blocks of the extended attribute record
 *    2      4   block where the directory begins
 *    6      2   number of the one above, counted from 1
 *    8          name, filled up to an even length
 * </pre>
 */
final class PathTableCheck {
  private static final int SIZE = 132;
  private static final int LITTLE = 140;
  private static final int BIG = 148;
  private static final int RECORD = 8;
  private static final int BLOCK = 2;
  private static final int PARENT = 6;

  /** The most records: those that can be numbered. */
  private static final int MOST = 1 << 16;

  private final DeviceBytes disc;
  private final Map<Long, Directory> directories;
  private final CheckReport.Builder report;
  private final String name;

  private PathTableCheck(
      DeviceBytes disc, Map<Long, Directory> directories, CheckReport.Builder report, String name) {
    this.disc = disc;
    this.directories = directories;
    this.report = report;
    this.name = name;
  }

  /**
   * Checks both tables.
   *
   * @param directories by the blocks where they begin
   */
  static void of(
      DeviceBytes disc,
      VolumeDescriptor descriptor,
      Map<Long, Directory> directories,
      CheckReport.Builder report)
      throws IOException {
    ByteBuffer bytes = descriptor.bytes();
    long size = Integer.toUnsignedLong(bytes.getInt(SIZE));
    long little = Integer.toUnsignedLong(bytes.getInt(LITTLE));
    long big = Integer.toUnsignedLong(Integer.reverseBytes(bytes.getInt(BIG)));
    String tree = " of tree " + descriptor.kind().option();
    if (little == 0 && big == 0) {
      report.corruption("path tables" + tree, descriptor.position(), "none", "one at least");
    }
    if (little != 0) {
      new PathTableCheck(disc, directories, report, "path table L" + tree)
          .table(little * descriptor.blockSize(), size, ByteOrder.LITTLE_ENDIAN);
    }
    if (big != 0) {
      new PathTableCheck(disc, directories, report, "path table M" + tree)
          .table(big * descriptor.blockSize(), size, ByteOrder.BIG_ENDIAN);
    }
  }

  private void table(long position, long size, ByteOrder order) throws IOException {
    if (position > disc.size() - size) {
      report.corruption(name, position, size + " bytes", "as many as the image has there");
      return;
    }
    int most = (int) Math.min(size, (long) MOST * (RECORD + 32));
    ByteBuffer table = disc.read(position, most, name).order(order);
    long[] blocks = new long[MOST];
    int count = 0;
    for (int at = 0; at + RECORD < table.limit() && count < MOST; count++) {
      int length = Byte.toUnsignedInt(table.get(at));
      if (length == 0 || length > table.limit() - at - RECORD) {
        report.corruption(
            name, position + at, "a name of " + length + " bytes", "1 at least, and all there");
        return;
      }
      blocks[count] = Integer.toUnsignedLong(table.getInt(at + BLOCK));
      int parent = Short.toUnsignedInt(table.getShort(at + PARENT)) - 1;
      boolean above = parent >= 0 && (parent < count || (parent == 0 && count == 0));
      record(
          position + at,
          blocks[count],
          above ? blocks[parent] : -1,
          table.slice(at + RECORD, length));
      at += RECORD + length + length % 2;
    }
    if (count != Math.min(directories.size(), MOST)) {
      report.corruption(
          name, position, count + " directories", "the " + directories.size() + " that there are");
    }
  }

  private void record(long position, long block, long parent, ByteBuffer recorded) {
    Directory directory = directories.get(block);
    if (directory == null) {
      report.corruption(
          name, position, "a directory at block " + block, "one that a directory lists");
    } else if (directory.parent() != parent) {
      report.corruption(
          name,
          position,
          "a directory above at block " + parent,
          "the one at " + directory.parent() + ", which lists it");
    } else if (!directory.name().equals(recorded)) {
      report.corruption(name, position, "another name than its directory has", "the same");
    }
  }
}
