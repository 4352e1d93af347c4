package io.diskformat.vdi;

import io.diskformat.CheckReport;
import io.diskformat.ProgressListener;
import io.diskformat.maintenance.CappedProgress;
import io.diskformat.maintenance.OwnerCounts;
import io.diskformat.spi.Uuids;
import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * Checks an image's header and block map against each other and the file: which blocks are in the
 * file, and that each has one owner. A window of {@link OwnerCounts} has more blocks than nearly
 * all images, so the map is read once for its entries and once for owners.
 */
final class VdiCheck {
  /** After how many entries it looks whether it is to end. */
  private static final long STEP = 1 << 14;

  private final BlockTable table;
  private final VdiHeader header;
  private final long fileSize;
  private final long inFile;
  private final long allocated;
  private final CheckReport.Builder report = new CheckReport.Builder();

  /** The block of the file of the last stored block of the disk that was seen, or less than -1. */
  private long last = Long.MIN_VALUE;

  /** All indexes seen are less than this. */
  private long indexes;

  private final CappedProgress progress;

  private VdiCheck(BlockTable table, ProgressListener listener) throws IOException {
    this.table = table;
    long passes = 1 + Math.ceilDiv(table.inFile(), 1L << 26);
    this.progress =
        new CappedProgress(listener, 1 + passes * table.header().blocks() * Integer.BYTES);
    this.header = table.header();
    this.fileSize = table.storage().size();
    this.inFile = table.inFile();
    this.allocated = header.allocatedBlocks();
  }

  static CheckReport run(Storage storage) throws IOException {
    return run(storage, ProgressListener.NONE);
  }

  /**
   * Checks an image.
   *
   * @param listener gets the progress, in bytes of the block map
   */
  static CheckReport run(Storage storage, ProgressListener listener) throws IOException {
    BlockTable table = new BlockTable(storage, VdiHeader.readToRepair(storage));
    VdiCheck check = new VdiCheck(table, listener);
    check.checkHeader();
    check.visit(check::checkEntry);
    check.checkOwners();
    check.progress.end();
    return check.report.build();
  }

  /** Visits all entries, as long as nobody ends that. */
  private void visit(BlockTable.Visitor visitor) throws IOException {
    table.visit((block, index) -> {
      if ((block & (STEP - 1)) == 0) {
        progress.add(STEP * Integer.BYTES);
      }
      visitor.visit(block, index);
    });
  }

  private void checkHeader() {
    String count = allocated + " blocks allocated";
    if (allocated > header.blocks()) {
      report.corruption(
          "header",
          header.layout().allocated,
          count,
          "at most " + header.blocks() + ", as many as the disk has");
    } else if (allocated > inFile) {
      // A power cut leaves this where the count became durable, and the longer file did not.
      report.leak(
          "header",
          header.layout().allocated,
          count,
          "at most " + inFile + ", as many as are in the file");
    }
    if (header.uuid().equals(Uuids.NONE)) {
      report.corruption("header", header.layout().uuid, "no UUID", "the image's own");
    }
    if (header.modification().equals(Uuids.NONE)) {
      report.corruption("header", header.layout().modification, "no modification UUID", "one");
    }
    report.totalClusters(header.blocks());
    report.usedUpTo(table.entryPosition(header.blocks()));
  }

  private void checkEntry(long block, long index) {
    if (!BlockMap.isStored(index)) {
      return;
    }
    report.allocatedCluster(last >= 0 && index != last + 1, false);
    last = index;
    indexes = Math.max(indexes, index + 1);
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
    OwnerCounts owners = new OwnerCounts(Math.min(inFile, Math.max(indexes, allocated)), 1);
    while (owners.nextWindow()) {
      visit((block, index) -> {
        if (BlockMap.isStored(index) && owners.covers(index)) {
          if (owners.get(index) > 0) {
            wrong(block, "block " + index + ", as in an earlier entry", "one of its own");
          }
          owners.add(index, 1);
        }
      });
      for (long index = owners.start(); index < Math.min(owners.end(), allocated); index++) {
        if (owners.get(index) == 0) {
          report.leak(
              "block " + index,
              table.position(index),
              "allocated, and in no entry of the block map",
              "one entry");
        }
      }
    }
  }
}
