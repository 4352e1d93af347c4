package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads compressed clusters. Section "Compressed Clusters Descriptor" of the specification: an
 * entry holds the position of the stream's first byte and the number of further 512-byte sectors
 * that it may reach into, so the end of what is read is usually no part of the stream.
 *
 * <p>Thread-safe. Decompressors are kept for reuse until this is closed.
 */
final class ClusterReader implements Closeable {
  private static final int SECTOR_BITS = 9;
  private static final long POSITION_LIMIT = 1L << 56;

  private final Storage storage;
  private final CompressionType type;
  private final int sectorsShift;
  private final ArrayDeque<Decompressor> idle = new ArrayDeque<>();
  private boolean closed;

  ClusterReader(Storage storage, Qcow2Header header) {
    this.storage = storage;
    this.type = header.compression();
    this.sectorsShift = 62 - (header.clusterBits() - 8);
  }

  /** Returns the position of the first byte of a cluster's stream. */
  long position(long entry) throws CorruptImageException {
    long position = entry & (1L << sectorsShift) - 1;
    if (position >= POSITION_LIMIT) {
      throw corrupt(position, "is at 2 to the 56 or beyond");
    }
    return position;
  }

  /** Returns the L2 entry for a stream of so many bytes at a position. */
  long entryOf(long position, int length) {
    long furtherSectors = ((position + length - 1) >>> SECTOR_BITS) - (position >>> SECTOR_BITS);
    return ClusterMap.COMPRESSED | furtherSectors << sectorsShift | position;
  }

  /** Returns where the last sector ends that a cluster's stream may reach into. */
  long end(long entry) throws CorruptImageException {
    long sectors = ((entry & ~ClusterMap.COPIED & ~ClusterMap.COMPRESSED) >>> sectorsShift) + 1;
    return ((position(entry) >>> SECTOR_BITS) + sectors) << SECTOR_BITS;
  }

  /** Decompresses the cluster that an L2 entry describes, which fills {@code target}. */
  void read(long entry, byte[] target) throws IOException {
    long position = position(entry);
    int length = (int) (end(entry) - position);
    long available = Math.min(length, storage.size() - position);
    if (available <= 0) {
      throw corrupt(position, "is beyond the end of the file: was it cut short?");
    }
    Decompressor decompressor = take();
    try {
      // The stream is copied out of the file first: no native code is handed mapped memory. As in
      // QEMU, zeroes follow where the file ends.
      byte[] stream = decompressor.buffer(length);
      storage.read(position, MemorySegment.ofArray(stream).asSlice(0, available));
      Arrays.fill(stream, (int) available, length, (byte) 0);
      String problem = decompressor.decompress(stream, length, target);
      if (problem != null) {
        throw corrupt(position, problem);
      }
    } finally {
      giveBack(decompressor);
    }
  }

  private Decompressor take() throws IOException {
    Decompressor decompressor;
    synchronized (idle) {
      decompressor = idle.poll();
    }
    return decompressor != null ? decompressor : create();
  }

  private Decompressor create() throws IOException {
    if (type == CompressionType.ZLIB) {
      return new ZlibDecompressor();
    }
    try {
      return new ZstdDecompressor();
    } catch (LinkageError e) {
      throw missingZstd(storage, e);
    }
  }

  /** Returns the exception that tells that the library for zstd is missing. */
  static UnsupportedFeatureException missingZstd(Storage storage, LinkageError cause) {
    UnsupportedFeatureException missing =
        new UnsupportedFeatureException(
            storage.name(), "zstd compression, unless com.github.luben:zstd-jni is added");
    missing.initCause(cause);
    return missing;
  }

  private void giveBack(Decompressor decompressor) {
    synchronized (idle) {
      if (!closed) {
        idle.push(decompressor);
        return;
      }
    }
    decompressor.close();
  }

  private CorruptImageException corrupt(long position, String problem) {
    return new CorruptImageException(storage.name(), "compressed cluster", position, problem);
  }

  @Override
  public void close() {
    synchronized (idle) {
      closed = true;
      for (Decompressor decompressor; (decompressor = idle.poll()) != null; ) {
        decompressor.close();
      }
    }
  }

  /** Decompresses one stream at a time. */
  abstract static class Decompressor implements Closeable {
    private byte[] buffer = new byte[0];

    /** Returns room for a stream of that many bytes. Kept, as most streams are alike in length. */
    final byte[] buffer(int length) {
      if (buffer.length < length) {
        buffer = new byte[length];
      }
      return buffer;
    }

    /**
     * Fills {@code target} from the stream at the start of {@code source}.
     *
     * @return what is wrong with the stream, or null
     */
    abstract @Nullable String decompress(byte[] source, int length, byte[] target);

    @Override
    public abstract void close();
  }
}
