package io.diskformat.vdi;

import io.diskformat.CheckReport;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.BitSet;

/**
 * Checks an image's header and block map against each other and the file: which blocks are in the
 * file, and that each has one owner.
 *
 * <p>Needs as much memory as a window of the file's blocks needs, whatever the header says, and
 * goes over the map once per window. A window has more blocks than nearly all images.
 */
final class VdiCheck {
  private static final int WINDOW = 1 << 26;

  private final BlockTable table;
  private final VdiHeader header;
  private final long fileSize;
  private final long inFile;
  private final long allocated;
  private final CheckReport.Builder report = new CheckReport.Builder();

  /** The index of the last block of the disk that was seen to be stored, or less than -1. */
  private long last = Long.MIN_VALUE;

  private VdiCheck(BlockTable table) throws IOException {
    this.table = table;
    this.header = table.header();
    this.fileSize = table.storage().size();
    this.inFile = table.inFile();
    this.allocated = header.allocatedBlocks();
  }

  static CheckReport run(Storage storage) throws IOException {
    VdiCheck check = new VdiCheck(new BlockTable(storage, VdiHeader.readToRepair(storage)));
    check.checkHeader();
    check.table.visit(check::checkEntry);
    check.checkOwners();
    return check.report.build();
  }

  private void checkHeader() {
    String count = allocated + " blocks allocated";
    if (allocated > header.blocks()) {
      report.corruption(
          "header",
          table.fields().allocatedBlocksPosition(),
          count,
          "at most " + header.blocks() + ", as many as the disk has");
    } else if (allocated > inFile) {
      // As a power cut leaves it where the count reached the disk, and the longer file did not.
      report.leak(
          "header",
          table.fields().allocatedBlocksPosition(),
          count,
          "at most " + inFile + ", as many as are in the file");
    }
    if (header.uuid().equals(Uuids.NONE)) {
      report.corruption("header", table.fields().uuidPosition(), "no UUID", "the image's own");
    }
    if (header.modification().equals(Uuids.NONE)) {
      report.corruption(
          "header", table.fields().modificationPosition(), "no modification UUID", "one");
    }
    report.totalClusters(header.blocks());
    report.usedUpTo(table.entryPosition(header.blocks()));
  }

  private void checkEntry(long block, int entry) {
    if (!BlockTable.isIndex(entry)) {
      return;
    }
    long index = Integer.toUnsignedLong(entry);
    report.allocatedCluster(last >= 0 && index != last + 1, false);
    last = index;
    if (index >= inFile) {
      wrong(block, "block " + index, "less than " + inFile + ", as many as are in the file");
      return;
    }
    long end = table.dataEnd(block, index);
    if (end > fileSize) {
      wrong(
          block,
          "block " + index + ", which ends at " + end + " bytes, beyond the end of the file",
          "a file of as many bytes");
    } else if (index >= allocated) {
      wrong(block, "block " + index, "less than " + allocated + ", as many as are allocated");
    }
    report.usedUpTo(Math.min(end, fileSize));
  }

  private void wrong(long block, String found, String expected) {
    report.corruption("block map entry " + block, table.entryPosition(block), found, expected);
  }

  /** Finds blocks with several owners, and with none. */
  private void checkOwners() throws IOException {
    for (long start = 0; start < inFile; start += WINDOW) {
      checkOwners(start, (int) Math.min(WINDOW, inFile - start));
    }
  }

  private void checkOwners(long start, int length) throws IOException {
    BitSet owned = new BitSet();
    table.visit((block, entry) -> {
      long place = Integer.toUnsignedLong(entry) - start;
      if (BlockTable.isIndex(entry) && place >= 0 && place < length) {
        if (owned.get((int) place)) {
          wrong(block, "block " + (start + place) + ", as in an earlier entry", "one of its own");
        }
        owned.set((int) place);
      }
    });
    int counted = Math.clamp(allocated - start, 0, length);
    for (int i = owned.nextClearBit(0); i < counted; i = owned.nextClearBit(i + 1)) {
      report.leak(
          "block " + (start + i),
          table.position(start + i),
          "allocated, and in no entry of the block map",
          "one entry");
    }
  }
}
