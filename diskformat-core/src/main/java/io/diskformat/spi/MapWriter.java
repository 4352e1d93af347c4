package io.diskformat.spi;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A format's answer to where a guest's bytes may be written, and how its tables are made durable.
 * The engine that calls it, {@link LayeredDevice}, holds the locks: a cluster is placed, linked,
 * zeroed or discarded by one thread at a time, different ones by different threads at once, and
 * nothing of that runs beside {@link #flush()}.
 */
public abstract class MapWriter {

  /**
   * Room for whole clusters.
   *
   * @param position where it is in the data storage
   * @param clusters for how many clusters, one after the other
   * @param zeroed whether it is known to hold only zeroes
   * @param moved whether it is new, so that what else its clusters hold must be copied there
   */
  public record Placement(long position, int clusters, boolean zeroed, boolean moved) {}

  private final String name;
  private volatile boolean changed;
  private volatile @Nullable IOException failure;
  private volatile long epoch;

  /**
   * Creates a writer.
   *
   * @param name by which errors call the image
   */
  protected MapWriter(String name) {
    this.name = name;
  }

  // The state of the image

  /**
   * Called before each change; the first time, does what the format demands before one.
   *
   * @throws IOException if that fails, or something failed before that writing depends on
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

  /** Does what must be done before the first change since the image was opened. */
  protected abstract void prepare() throws IOException;

  /**
   * Makes durable what was written to a file. If that fails, what was written may be lost though no
   * later barrier would tell, so from then on every change and flush fails.
   */
  protected final void barrier(Storage storage) throws IOException {
    try {
      storage.flush();
    } catch (IOException e) {
      fail(e);
      throw e;
    }
  }

  /** Has every later change and flush fail, since this did. */
  protected final void fail(IOException cause) {
    failure = cause;
  }

  /** Throws if something failed that writing depends on. */
  protected final void checkNotFailed() throws IOException {
    IOException earlier = failure;
    if (earlier != null) {
      throw new IOException(
          name + ": no longer written, since an earlier write failed: " + earlier.getMessage(),
          earlier);
    }
  }

  /**
   * Returns a number that changes, before it happens, whenever bytes of the file that a reader may
   * have looked up are put to another use.
   */
  public final long epoch() {
    return epoch;
  }

  /** Changes {@link #epoch()}. Only for what excludes all else of its kind: a flush, a resize. */
  protected final void nextEpoch() {
    long current = epoch;
    epoch = current + 1;
  }

  // Where bytes may be written

  /**
   * Returns the position of a byte that may be overwritten where it is, no other owner sharing its
   * place, or -1. Called within {@link io.diskformat.storage.Faults}' protocol, its cluster being
   * locked, but beside flushes too: an answer, or an exception, is thrown away if {@link #epoch()}
   * has changed meanwhile.
   */
  public abstract long inPlace(long offset) throws IOException;

  /**
   * Finds room for clusters, the first of which holds a byte that cannot be overwritten in place.
   *
   * @param offset where the first cluster begins on the disk
   * @param clusters how many are wanted; fewer may be given
   * @throws IOException if there is no room
   */
  public abstract Placement place(long offset, int clusters) throws IOException;

  /**
   * Records that whole units of the disk are now stored in a placement, where they have been
   * written.
   *
   * @param offset where the first of these units begins on the disk
   * @param length of these units together, in bytes
   * @param clusterOffset where the placement's first cluster begins on the disk
   */
  public abstract void link(long offset, long length, long clusterOffset, Placement placement)
      throws IOException;

  /**
   * Compresses a cluster. Called without locks, by many threads at once.
   *
   * @param stream receives the stream; as long as the cluster
   * @return how long the stream is, in bytes, or 0 if the cluster had better be stored plain
   * @throws io.diskformat.UnsupportedFeatureException if the image has no compressed clusters
   * @throws IOException if it cannot be compressed
   */
  public int compress(byte[] cluster, byte[] stream) throws IOException {
    throw new UnsupportedOperationException("the format has no compressed clusters");
  }

  /** Stores a compressed stream and records that a cluster is stored so. */
  public void linkCompressed(long offset, MemorySegment stream) throws IOException {
    throw new UnsupportedOperationException("the format has no compressed clusters");
  }

  /** Gives back a placement that was not linked. */
  public abstract void abandon(Placement placement) throws IOException;

  /**
   * Records that whole units read as zeroes.
   *
   * @return whether that can be recorded; if not, nothing is changed, and zeroes must be written
   */
  public abstract boolean zero(long offset, long length) throws IOException;

  /**
   * Forgets what whole clusters hold, so that they read as zeroes.
   *
   * @return whether that can be done; if not, nothing is changed
   */
  public abstract boolean discard(long offset, long length) throws IOException;

  // Durability

  /** Makes everything durable, in an order that leaves the image consistent at each instant. */
  public abstract void flush() throws IOException;

  /** Returns whether so many changes wait that they should be flushed. */
  public abstract boolean wantsFlush();

  /** Ends writing: everything is durable. Nothing is called after that. */
  public abstract void finish() throws IOException;
}
