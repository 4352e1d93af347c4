package io.diskformat.table;

import io.diskformat.layer.MapWriter;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.List;

/**
 * The writer of an image with tables, as far as it is alike in all formats. The format supplies its
 * tables and its allocator; this class frees unused clusters of placements, and runs the steps of a
 * flush in order, with a barrier after each.
 *
 * <p>The order of a flush: first the disk's data, and counts of newly used clusters; then the
 * tables, each before those that point to it; then the freed clusters become free. So no durable
 * table points to data that is not durable or not counted, whatever part of a step reaches the
 * host's disk before a crash.
 */
public abstract class TableWriter extends MapWriter {
  /** The size of the pages of tables above which a flush is due, in bytes. */
  private static final long MAX_CHANGED_BYTES = 16 << 20;

  /**
   * A step of a flush: tables that are written out together.
   *
   * @param name the name of the barrier after them
   * @param order the order of their pages, as {@link MetadataPages#write} takes it
   */
  public record Step(Enum<?> name, int order) {}

  private final Barriers barriers;
  private final long cluster;
  private final Enum<?> dataStep;
  private final List<Step> steps;

  /**
   * Creates a writer.
   *
   * @param storage the file with the tables
   * @param data the file with the disk's data, which may be the same
   * @param cluster the size of a cluster, in bytes; a power of two
   * @param dataStep the name of the barrier after the disk's data and {@link #writeCounts}
   * @param steps the tables in the order in which they are written out
   */
  protected TableWriter(
      Storage storage, Storage data, long cluster, Enum<?> dataStep, List<Step> steps) {
    super(storage.name());
    this.barriers = new Barriers(storage, data);
    this.cluster = cluster;
    this.dataStep = dataStep;
    this.steps = steps;
  }

  /** Returns the image's barriers, for use outside a flush. */
  protected final Barriers barriers() {
    return barriers;
  }

  // What a format supplies, besides the methods of MapWriter

  /** Returns the pages that hold changed tables. */
  protected abstract MetadataPages pages();

  /** Returns the places that wait for a flush. */
  protected abstract FreedSpace freed();

  /**
   * Frees adjacent clusters that were placed and not linked.
   *
   * @param position where the first begins in the file, in bytes
   * @param clusters the number of clusters
   * @throws IOException if the tables cannot be read
   */
  protected abstract void abandon(long position, int clusters) throws IOException;

  /**
   * Reads all that a change of the entries of a range needs, so that the change itself cannot fail.
   *
   * @param start where the range of one placement begins on the disk, in bytes
   * @param end where that range ends on the disk
   * @throws IOException if the tables cannot be read
   */
  protected abstract void hold(long start, long end) throws IOException;

  /**
   * Records where a part of a cluster, in whole units, is stored.
   *
   * @param offset where the cluster begins on the disk, in bytes
   * @param start where the part begins on the disk
   * @param end where the part ends on the disk
   * @param position where the whole cluster's place begins in the data file, in bytes
   * @throws IOException if the tables cannot be read
   */
  protected abstract void linkCluster(long offset, long start, long end, long position)
      throws IOException;

  /** Returns whether a flush is needed for counts. By default, there are none. */
  protected boolean hasUnwrittenCounts() {
    return false;
  }

  /**
   * Writes counts of newly used clusters, if the format has any. A barrier follows.
   *
   * @throws IOException if the counts cannot be written
   */
  protected void writeCounts() throws IOException {}

  /**
   * Writes the tables that point to the counts, if they have changed, with barriers of its own.
   *
   * @throws IOException if the tables cannot be written
   */
  protected void writeCountTables() throws IOException {}

  /**
   * Makes freed clusters free, and writes their counts, if the format has any.
   *
   * @throws IOException if the counts cannot be written
   */
  protected abstract void settleFreed() throws IOException;

  // Placing

  @Override
  public final void abandon(Placement placement) throws IOException {
    if (placement.moved()) {
      abandon(placement.position(), placement.clusters());
    }
  }

  @Override
  public final void link(long offset, long length, long clusterOffset, Placement placement)
      throws IOException {
    long end = offset + length;
    hold(offset & -cluster, end);
    for (int i = 0; i < placement.clusters(); i++) {
      long first = clusterOffset + i * cluster;
      long position = placement.position() + i * cluster;
      long start = Math.max(offset, first);
      long stop = Math.min(end, first + cluster);
      if (start < stop) {
        linkCluster(first, start, stop, position);
      } else if (placement.moved()) {
        // The placement was longer than what was written.
        abandon(position, 1);
      }
    }
  }

  // Durability

  @Override
  protected final void checkNotFailed() throws IOException {
    barriers.check();
  }

  @Override
  public final boolean wantsFlush() {
    return pages().bytes() > MAX_CHANGED_BYTES || freed().isMuch();
  }

  @Override
  public final void flush() throws IOException {
    checkNotFailed();
    MetadataPages pages = pages();
    boolean changed =
        !freed().isEmpty()
            || hasUnwrittenCounts()
            || steps.stream().anyMatch(step -> pages.isDirty(step.order));
    if (!changed) {
      barriers.afterData(dataStep);
      return;
    }
    flushCounts();
    flushTables(steps);
  }

  /**
   * Makes the disk's data and the counts of newly used clusters durable.
   *
   * @throws IOException if something cannot be made durable
   */
  public final void flushCounts() throws IOException {
    writeCounts();
    barriers.afterData(dataStep);
    writeCountTables();
  }

  /**
   * Writes tables out, with a barrier after each step, and makes freed clusters free.
   *
   * @param steps the tables in the order in which they are written out
   * @throws IOException if something cannot be made durable
   */
  protected final void flushTables(List<Step> steps) throws IOException {
    MetadataPages pages = pages();
    // A reader of a table that is being written reads again afterwards.
    nextEpoch();
    for (Step step : steps) {
      if (pages.isDirty(step.order)) {
        pages.writeOut(step.order);
        barriers.after(step.name);
      }
    }
    if (!freed().isEmpty()) {
      settleFreed();
    }
    pages.settle();
    nextEpoch();
  }
}
