package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Copies compressed streams to free clusters, one after the other, so that they share clusters
 * there. Of a stream only its own bytes are copied, and not the rest of its last sector: else the
 * copies could take up more room than there was.
 */
final class StreamMoves {
  private final CompactionImage image;
  private final ClusterAllocator allocator;
  private final int clusterBits;
  private final long dense;

  /** Where the next stream begins if its cluster has room; 0 if there is no such cluster. */
  private long end;

  /** How many references that cluster can still get. */
  private long referencesLeft;

  /**
   * Prepares moves.
   *
   * @param dense the cluster before which all is moved
   */
  StreamMoves(CompactionImage image, long dense) {
    this.image = image;
    this.allocator = image.allocator();
    this.clusterBits = image.clusterBits();
    this.dense = dense;
  }

  /**
   * Copies a stream, and returns the entry for the copy; 0 if there is no place for it, or where it
   * ends is not known.
   *
   * @param entry that of the stream
   * @param owners how many references the copy gets
   * @param shared whether {@link #share} may give it more
   */
  long copied(long entry, long owners, boolean shared) throws IOException {
    byte[] stream = image.compressed().stream(entry);
    if (stream.length == 0 || stream.length > image.clusterSize()) {
      return 0;
    }
    long position = place(stream.length, owners, shared ? mostReferences(entry) : owners);
    if (position < 0) {
      return 0;
    }
    image.storage().write(position, MemorySegment.ofArray(stream));
    return image.compressed().entryOf(position, stream.length);
  }

  /** Returns how many references a stream has at most: those that its clusters have. */
  private long mostReferences(long entry) throws IOException {
    long most = Long.MAX_VALUE;
    long last = (image.compressed().end(entry) - 1) >>> clusterBits;
    long first = image.compressed().position(entry) >>> clusterBits;
    for (long cluster = first; cluster <= last; cluster++) {
      most = Math.min(most, allocator.references(cluster));
    }
    return most;
  }

  private long place(int length, long owners, long most) throws IOException {
    long last = end >>> clusterBits;
    long within = end & image.clusterSize() - 1;
    long room = within == 0 || most > referencesLeft ? 0 : image.clusterSize() - within;
    long position = end;
    if (length <= room) {
      add(last, owners);
      referencesLeft -= most;
    } else {
      long next = allocator.allocateBefore(dense, 1);
      if (next < 0) {
        return -1;
      }
      if (room > 0 && next == last + 1) {
        add(last, owners);
      } else {
        position = next << clusterBits;
      }
      add(next, owners - 1);
      referencesLeft = image.tables().refcounts().max() - most;
    }
    end = position + length;
    return position;
  }

  /** Adds references to a stream that was copied. */
  void share(long entry, long references) throws IOException {
    long last = (image.compressed().end(entry) - 1) >>> clusterBits;
    long first = image.compressed().position(entry) >>> clusterBits;
    for (long cluster = first; cluster <= last; cluster++) {
      add(cluster, references);
    }
  }

  private void add(long cluster, long references) throws IOException {
    if (references > 0 && !allocator.share(cluster, references)) {
      throw new CorruptImageException(
          image.storage().name(),
          "cluster",
          cluster << clusterBits,
          "gets more references than were counted");
    }
  }
}
