package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.storage.Storage;
import io.diskformat.table.Barriers;
import io.diskformat.table.TableWriter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The size of a disk, and what changes it. Nothing else changes the image meanwhile; others may ask
 * for the size.
 */
final class DiskResize {
  private final ImageTables tables;
  private final Storage data;
  private final TableWriter writer;
  private final Barriers barriers;
  private final DiskGrowth growth;
  private final Forgetting forgetting;
  private final L2Editor editor;
  private final boolean sparse;
  private volatile long size;

  DiskResize(
      ImageTables tables,
      Storage data,
      TableWriter writer,
      Barriers barriers,
      DiskGrowth growth,
      Forgetting forgetting,
      L2Editor editor,
      boolean sparse) {
    this.tables = tables;
    this.data = data;
    this.writer = writer;
    this.barriers = barriers;
    this.growth = growth;
    this.forgetting = forgetting;
    this.editor = editor;
    this.sparse = sparse;
    this.size = tables.header().size();
  }

  /** Returns the present size of the disk, in bytes. */
  long size() {
    return size;
  }

  /** Notes the size that the disk has got otherwise, and returns it. */
  long changedTo(long newSize) {
    size = newSize;
    return newSize;
  }

  /** Makes the disk larger, as {@link DiskGrowth#run} does. */
  void grow(long newSize, DiskGrowth.Preparation preparation) throws IOException {
    growth.run(size, newSize, preparation);
    size = newSize;
  }

  /** Makes the disk larger, as {@link DiskGrowth#resize} does; returns its new size. */
  long grow(
      long newSize,
      @Nullable BlockDevice backing,
      Preallocation preallocation,
      ProgressListener listener)
      throws IOException {
    tables.allocator().setSparse(preallocation == Preallocation.METADATA);
    try {
      growth.resize(size, newSize, backing, preallocator(preallocation), listener);
    } finally {
      tables.allocator().setSparse(sparse);
    }
    return changedTo(newSize);
  }

  /** Returns what gives clusters their places without writing data. */
  Preallocator preallocator(Preallocation mode) {
    return new Preallocator(writer, editor, data, tables.header(), mode);
  }

  /**
   * Makes the disk smaller; returns its new size. What it had beyond that is hidden from now on,
   * and {@link #forgetBeyondEnd} gives it up.
   */
  long shrink(long newSize) throws IOException {
    growth.check(newSize);
    writer.beforeChange();
    growth.beforeSwitch();
    writer.flush();
    growth.switchTo(newSize, tables.map().l1());
    size = newSize;
    barriers.after(WriteStep.SIZE);
    return newSize;
  }

  /** Gives up all clusters beyond the end of the disk. */
  void forgetBeyondEnd(ProgressListener listener) throws IOException {
    long cluster = tables.header().clusterSize();
    forgetting.from((size + cluster - 1) & -cluster, size, listener);
    if (tables.header().has(Qcow2Header.EXTERNAL_DATA) && data.size() > size) {
      data.resize(size);
    }
    tables.allocator().cutOffFree();
  }
}
