package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.ReusePool;
import io.diskformat.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Reads compressed clusters. Section "Compressed Clusters Descriptor" of the specification: an
 * {@link L2Entry} says which sectors the stream may reach into, so the end of what is read is
 * usually no part of the stream.
 *
 * <p>Thread-safe. Decompressors are kept for reuse until this is closed.
 */
final class ClusterReader implements Closeable {
  /** In bytes; the specification allows no position from here on. */
  private static final long POSITION_LIMIT = 1L << 56;

  private final Storage storage;
  private final CompressionType type;
  private final int clusterBits;
  private final ReusePool<Decompressor> idle = new ReusePool<>(Decompressor::close);

  ClusterReader(Storage storage, Qcow2Header header) {
    this.storage = storage;
    this.type = header.compression();
    this.clusterBits = header.clusterBits();
  }

  /** Returns what an L2 entry says of a cluster's stream, from which it can be read. */
  long descriptor(long entry) throws CorruptImageException {
    var _ = position(entry);
    return L2Entry.descriptor(entry);
  }

  /** Returns whether a cluster's stream can be anywhere in a file. */
  boolean isPlaced(long entry) {
    return L2Entry.streamPosition(entry, clusterBits) < POSITION_LIMIT;
  }

  /** Returns the position of the first byte of a cluster's stream. */
  long position(long entry) throws CorruptImageException {
    long position = L2Entry.streamPosition(entry, clusterBits);
    if (position >= POSITION_LIMIT) {
      throw corrupt(position, "is at 2 to the 56 or beyond");
    }
    return position;
  }

  /** Returns the L2 entry for a stream of {@code length} bytes at a position. */
  long entryOf(long position, int length) {
    return L2Entry.compressed(position, length, clusterBits);
  }

  /** Returns the position at which the last sector ends that a cluster's stream may reach into. */
  long end(long entry) throws CorruptImageException {
    var _ = position(entry);
    return L2Entry.streamEnd(entry, clusterBits);
  }

  /**
   * Decompresses the cluster that an L2 entry describes. It fills {@code target}, which must not be
   * mapped memory.
   */
  void read(long entry, MemorySegment target) throws IOException {
    long position = position(entry);
    int length = (int) (end(entry) - position);
    long available = Math.min(length, storage.size() - position);
    if (available <= 0) {
      throw corrupt(position, "is beyond the end of the file: was it cut short?");
    }
    Decompressor decompressor = take();
    try {
      // The stream is copied out of the file first: native code gets no mapped memory. Of its last
      // sector, the file need not have more than the stream needs. QEMU goes on with zeroes where
      // the file ends; but that would turn a stream that was cut short into other data.
      byte[] stream = decompressor.buffer((int) available);
      storage.read(position, MemorySegment.ofArray(stream).asSlice(0, available));
      String problem = decompressor.decompress(stream, (int) available, target);
      if (problem != null) {
        throw corrupt(
            position, available < length ? cutShort(problem, available, length) : problem);
      }
    } finally {
      idle.giveBack(decompressor);
    }
  }

  /**
   * Returns the stream of the cluster that an L2 entry describes, without what follows in its last
   * sector; empty if it cannot be decompressed, or its end is not known.
   */
  byte[] stream(long entry) throws IOException {
    long position = position(entry);
    int available = (int) Math.clamp(storage.size() - position, 0, end(entry) - position);
    Decompressor decompressor = take();
    try {
      byte[] stream = decompressor.buffer(available);
      storage.read(position, MemorySegment.ofArray(stream).asSlice(0, available));
      MemorySegment cluster = MemorySegment.ofArray(new byte[1 << clusterBits]);
      int length = decompressor.streamLength(stream, available, cluster);
      return Arrays.copyOf(stream, Math.max(0, length));
    } finally {
      idle.giveBack(decompressor);
    }
  }

  private static String cutShort(String problem, long available, int length) {
    return problem
        + "; of the "
        + length
        + " bytes that it may have, the file has only "
        + available
        + ": was it cut short?";
  }

  private Decompressor take() throws IOException {
    return idle.take(() -> decompressor(storage.name(), type));
  }

  /**
   * Returns a new decompressor.
   *
   * @param image its name in error messages
   * @throws UnsupportedFeatureException if the library for this type is missing
   */
  static Decompressor decompressor(String image, CompressionType type)
      throws UnsupportedFeatureException {
    if (type == CompressionType.ZLIB) {
      return new ZlibDecompressor();
    }
    try {
      return ZstdDecompressor.create();
    } catch (LinkageError e) {
      throw missingZstd(image, e);
    }
  }

  /** Returns the exception for a missing library for zstd. */
  static UnsupportedFeatureException missingZstd(String image, LinkageError cause) {
    UnsupportedFeatureException missing =
        new UnsupportedFeatureException(
            image,
            "zstd compression, unless com.github.luben:zstd-jni is added, on the module path by"
                + " --add-modules com.github.luben.zstd_jni, and may make native calls");
    missing.initCause(cause);
    return missing;
  }

  private CorruptImageException corrupt(long position, String problem) {
    return new CorruptImageException(storage.name(), "compressed cluster", position, problem);
  }

  @Override
  public void close() {
    idle.close();
  }
}
