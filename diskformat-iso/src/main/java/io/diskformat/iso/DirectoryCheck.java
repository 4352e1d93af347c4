package io.diskformat.iso;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Checks the directories of a tree as they are recorded, without what Rock Ridge says: that each
 * begins with itself and the one above, that records agree by both byte orders, and what is used.
 */
final class DirectoryCheck {
  private static final int MOST_DIRECTORIES = 1 << 17;
  private static final String STRUCTURE = "directory record";

  private final DeviceBytes disc;
  private final int blockSize;
  private final UsedExtents used;
  private final CheckReport.Builder report;
  private final Map<Long, Directory> found = new HashMap<>();
  private final Deque<Directory> ahead = new ArrayDeque<>();

  /** The number of files whose content the first tree does not have. */
  private int strangers;

  /**
   * A directory.
   *
   * @param block where its extent begins
   * @param parent that of the one above
   * @param name as it is recorded
   * @param position of its content, in bytes
   * @param size of that, in bytes
   */
  record Directory(long block, long parent, ByteBuffer name, long position, long size) {}

  private DirectoryCheck(
      DeviceBytes disc, int blockSize, UsedExtents used, CheckReport.Builder report) {
    this.disc = disc;
    this.blockSize = blockSize;
    this.used = used;
    this.report = report;
  }

  static DirectoryCheck of(
      DeviceBytes disc, VolumeDescriptor descriptor, UsedExtents used, CheckReport.Builder report)
      throws IOException {
    DirectoryCheck check = new DirectoryCheck(disc, descriptor.blockSize(), used, report);
    DirectoryRecord root = descriptor.root(disc);
    check.enter(root, root.extent());
    while (!check.ahead.isEmpty()) {
      check.directory(check.ahead.remove());
    }
    check.compareTrees(descriptor);
    return check;
  }

  /**
   * Trees show the same files. Some files may be hidden from other trees, but not from the primary
   * one.
   */
  private void compareTrees(VolumeDescriptor descriptor) {
    if (descriptor.kind() == TreeKind.PLAIN) {
      used.endFirstTree();
    } else if (strangers > 0) {
      report.corruption(
          "tree " + descriptor.kind().option(),
          descriptor.position(),
          strangers + " files of other content than the primary tree has",
          "the same files in all trees");
    }
  }

  /** Returns all directories, by the blocks where they begin. */
  Map<Long, Directory> found() {
    return found;
  }

  private void enter(DirectoryRecord record, long parent) throws DiskFormatException {
    Directory directory =
        new Directory(
            record.extent(), parent, record.name(), record.content(blockSize), record.size());
    Directory known = found.putIfAbsent(record.extent(), directory);
    if (known != null) {
      report.corruption(
          STRUCTURE, record.position(), "a directory that has a place already", "a new one");
      return;
    }
    if (found.size() > MOST_DIRECTORIES) {
      throw disc.corrupt(STRUCTURE, record.position(), "is one of too many directories to check");
    }
    used.add(STRUCTURE, record.position(), directory.position(), directory.size());
    ahead.add(directory);
  }

  private void directory(Directory directory) throws IOException {
    try {
      DirectoryRecords records = new DirectoryRecords(disc, directory.position(), directory.size());
      int index = 0;
      for (DirectoryRecord at = records.next(); at != null; at = records.next()) {
        checkRecord(directory, index++, at);
      }
      if (index < 2) {
        report.corruption(
            "directory", directory.position(), index + " records", "itself and the one above");
      }
    } catch (DiskFormatException e) {
      Unreadable.add(report, disc, "directory", e);
    }
  }

  private void checkRecord(Directory directory, int index, DirectoryRecord at)
      throws DiskFormatException {
    if (!at.agrees()) {
      report.corruption(
          STRUCTURE,
          at.position(),
          "the place or the size is another by the other byte order",
          "the same");
    }
    if (index < 2) {
      boolean right = index == 0 ? at.isSelf() : at.isAbove();
      long block = index == 0 ? directory.block() : directory.parent();
      // What xorriso writes of the one above is often the directory itself, which harms nobody.
      boolean known = at.extent() == block || (index == 1 && at.extent() == directory.block());
      if (!right || !known) {
        report.corruption(
            STRUCTURE,
            at.position(),
            right ? "block " + at.extent() : "something else",
            (index == 0 ? "the directory itself" : "the directory above") + ", at block " + block);
      }
    } else if (at.isSelfOrAbove()) {
      report.corruption(
          STRUCTURE, at.position(), "the directory itself, or above, again", "a file");
    } else if (at.isDirectory()) {
      enter(at, directory.block());
    } else {
      FileSections sections = new FileSections(disc, blockSize);
      sections.add(at);
      boolean known = true;
      for (ByteRange range : sections.ranges()) {
        used.add(STRUCTURE, at.position(), range.offset(), range.length());
        known &= used.isOfFirstTree(range.offset(), range.length());
      }
      strangers += known ? 0 : 1;
    }
  }
}
