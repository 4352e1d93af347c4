package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import io.diskformat.layer.PaddedCopy;
import io.diskformat.maintenance.CappedProgress;
import io.diskformat.maintenance.Interruption;
import io.diskformat.maintenance.StoredContent;
import io.diskformat.storage.Storage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the file of a sparse extent as small as it can be: forgets grains that hold only zeroes, or
 * what the parent has as well; then it moves the last ones to where places are free, and then the
 * tables among them ({@link TableMoves}).
 *
 * <p>All of it is done as writes are: a grain is copied, the copy is durable before a table points
 * there, and the old place is free only after that. So at each instant the disk holds what it held.
 */
final class SparseCompaction {
  private final Storage storage;
  private final GrainTables tables;
  private final GrainAllocator allocator;
  private final SparseWriter writer;
  private final long grain;
  private final StoredContent content;
  private final ProgressListener listener;

  /**
   * Creates a compaction of an extent.
   *
   * @param writer of the extent
   * @param below what shows where it stores nothing, or null for zeroes
   * @param listener gets the bytes of grains that were looked at and moved, and the most there are
   */
  SparseCompaction(SparseWriter writer, @Nullable BlockDevice below, ProgressListener listener) {
    this.storage = writer.storage();
    this.tables = writer.tables();
    this.allocator = writer.allocator();
    this.writer = writer;
    this.grain = tables.grainSize();
    this.content = new StoredContent(storage, below, grain);
    this.listener = listener;
  }

  /**
   * Compacts the extent.
   *
   * @param size of it, in bytes
   */
  void run(long size) throws IOException {
    writer.beforeChange();
    CappedProgress progress = new CappedProgress(listener, 2 * allocator.end() + 1);
    long end = Math.ceilDiv(size, grain);
    eachStored(
        end,
        (number, position) -> {
          forget(number, position, Math.min(grain, size - number * grain));
          progress.add(grain);
        });
    writer.flush();
    long dense = allocator.denseEnd();
    eachStored(
        tables.count() * tables.restOfTable(0),
        (number, position) -> {
          if (position >= dense) {
            move(number, position);
            progress.add(grain);
          }
        });
    writer.flush();
    new TableMoves(writer).run();
  }

  /** Takes the grains that are stored. */
  @FunctionalInterface
  private interface Visitor {
    void visit(long grain, long position) throws IOException;
  }

  private void eachStored(long end, Visitor visitor) throws IOException {
    for (long number = 0; number < end; number++) {
      long entry = tables.entry(number);
      if (GrainMap.isStored(entry)) {
        Interruption.check();
        visitor.visit(number, entry << ExtentLine.SECTOR_BITS);
        writer.flushIfWanted();
      }
    }
  }

  private void forget(long number, long position, long length) throws IOException {
    switch (content.need(number * grain, position, length)) {
      case NOTHING -> writer.forget(number, GrainMap.NONE);
      case ZEROES -> {
        if (writer.hasZeroedGrains()) {
          writer.forget(number, GrainMap.ZEROED);
        }
      }
      case STORED -> {}
    }
  }

  private void move(long number, long position) throws IOException {
    long target = allocator.allocateBefore(position);
    if (target < 0) {
      return;
    }
    boolean moved = false;
    try {
      PaddedCopy.within(storage, position, target, grain);
      writer.move(number, target);
      moved = true;
    } finally {
      if (!moved) {
        allocator.abandon(target, 1);
      }
    }
  }
}
