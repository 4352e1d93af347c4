package io.diskformat.layer;

import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The writing side of a map: where bytes of a disk may be written, how a format's tables record
 * that, and how they are made durable. {@link LayeredDevice} calls it and holds the locks: a
 * cluster is placed, linked, zeroed or discarded by one thread at a time, different clusters by
 * different threads at once, and none of that runs beside {@link #flush()}.
 */
public abstract class MapWriter {

  /**
   * Space in the data storage for whole, adjacent clusters.
   *
   * @param position where it begins in the data storage, in bytes
   * @param clusters the number of clusters that it holds
   * @param zeroed whether it is known to hold only zeroes
   * @param moved whether it is new for its clusters, so that the rest of their content must be
   *     copied there
   */
  public record Placement(long position, int clusters, boolean zeroed, boolean moved) {}

  private final String name;
  private volatile boolean changed;
  private volatile long epoch;

  /**
   * Creates a writer.
   *
   * @param name the name of the image in error messages
   */
  protected MapWriter(String name) {
    this.name = name;
  }

  // The state of the image

  /** Returns whether {@link #beforeChange} has done what comes before the first change. */
  final boolean isChanged() {
    return changed;
  }

  /**
   * Called before each change; the first call does what the format requires before the first
   * change.
   *
   * @throws IOException if that fails, or an earlier failure makes further writing impossible
   */
  public final void beforeChange() throws IOException {
    checkNotFailed();
    if (!changed) {
      beforeFirstChange();
    }
  }

  private synchronized void beforeFirstChange() throws IOException {
    if (!changed) {
      prepare();
      changed = true;
    }
  }

  /**
   * Does what the format requires before the first change after the image was opened.
   *
   * @throws IOException if that fails
   */
  protected abstract void prepare() throws IOException;

  /**
   * Called before a range of the disk is changed, by whatever kind of write; also where that then
   * fails. By many threads at once. By default, does nothing.
   *
   * @param offset where the range begins on the disk, in bytes
   * @param length the length of the range, in bytes
   */
  protected void changing(long offset, long length) {}

  /**
   * Throws if an earlier failure makes further writing impossible. By default, does nothing.
   *
   * @throws IOException if an earlier failure makes further writing impossible
   */
  protected void checkNotFailed() throws IOException {}

  /**
   * Returns a number that changes whenever bytes of the file that a reader may have looked up are
   * about to be reused, or a table is being written out.
   */
  public final long epoch() {
    return epoch;
  }

  /**
   * Changes {@link #epoch()}. Only for an operation that excludes all others that call this: a
   * flush, a resize.
   */
  protected final void nextEpoch() {
    long current = epoch;
    epoch = current + 1;
  }

  // Where bytes may be written

  /**
   * Returns the position of a byte if it may be overwritten there, because nothing else refers to
   * its cluster in the file; otherwise -1. Called within {@link io.diskformat.storage.Faults}'
   * protocol while the cluster is locked, but also beside flushes: the caller discards the result,
   * or an exception, if {@link #epoch()} has changed meanwhile.
   *
   * @param offset the offset of the byte on the disk
   * @throws IOException if the tables cannot be read
   */
  public abstract long inPlace(long offset) throws IOException;

  /**
   * Returns space for clusters, the first of which holds a byte that cannot be overwritten in
   * place.
   *
   * @param offset where the first cluster begins on the disk
   * @param clusters the number of clusters that are requested; the placement may have fewer
   * @throws IOException if there is no space
   */
  public abstract Placement place(long offset, int clusters) throws IOException;

  /**
   * Records that whole units of the disk are stored in a placement, to which they have been
   * written.
   *
   * @param offset where the first of these units begins on the disk
   * @param length the length of these units together, in bytes
   * @param clusterOffset where the placement's first cluster begins on the disk
   * @param placement the space, as {@link #place} returned it
   * @throws IOException if the tables cannot be read
   */
  public abstract void link(long offset, long length, long clusterOffset, Placement placement)
      throws IOException;

  /**
   * Called before every compressed write, even an empty one.
   *
   * @throws UnsupportedFeatureException if the image cannot have compressed clusters
   */
  protected void requireCompressedClusters() throws UnsupportedFeatureException {
    throw new UnsupportedFeatureException(name, "compressed clusters in an image of this format");
  }

  /**
   * Compresses a cluster. Called without locks, by many threads at once.
   *
   * @param cluster the content of the cluster
   * @param stream receives the stream; as long as the cluster
   * @return the length of the stream, in bytes, or 0 if the cluster is to be stored uncompressed
   * @throws IOException if it cannot be compressed
   */
  public int compress(byte[] cluster, byte[] stream) throws IOException {
    throw new UnsupportedOperationException("the format has no compressed clusters");
  }

  /**
   * Stores the compressed stream of a cluster and records its place.
   *
   * @param offset where the cluster begins on the disk
   * @throws IOException if there is no space, or the file cannot be written
   */
  public void linkCompressed(long offset, MemorySegment stream) throws IOException {
    throw new UnsupportedOperationException("the format has no compressed clusters");
  }

  /**
   * Frees a placement that was not linked.
   *
   * @throws IOException if the tables cannot be read
   */
  public abstract void abandon(Placement placement) throws IOException;

  /**
   * Records that whole units read as zeroes.
   *
   * @param offset where the first unit begins on the disk
   * @param length the length of the units together, in bytes
   * @return whether the format can record that; if not, nothing is changed, and zeroes must be
   *     written
   * @throws IOException if the tables cannot be read, or there is no space for them
   */
  public abstract boolean zero(long offset, long length) throws IOException;

  /**
   * Discards the content of whole clusters, so that they read as zeroes.
   *
   * @param offset where the first cluster begins on the disk
   * @param length the length of the clusters together, in bytes
   * @return whether the format can do that; if not, nothing is changed
   * @throws IOException if the tables cannot be read, or there is no space for them
   */
  public abstract boolean discard(long offset, long length) throws IOException;

  // Durability

  /**
   * Makes all changes durable, in an order that keeps the image consistent at each instant.
   *
   * @throws IOException if something cannot be made durable
   */
  public abstract void flush() throws IOException;

  /** Returns whether so much has changed since the last flush that another one is due. */
  public abstract boolean wantsFlush();

  /**
   * Flushes if that is due: what changes much calls this between two steps.
   *
   * @throws IOException if something cannot be made durable
   */
  public final void flushIfWanted() throws IOException {
    if (wantsFlush()) {
      flush();
    }
  }

  /**
   * Ends writing, and makes all changes durable. No other method is called afterwards.
   *
   * @throws IOException if something cannot be made durable
   */
  public abstract void finish() throws IOException;
}
