package io.diskformat.qcow2;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.DeflateCompressor;
import io.diskformat.storage.ReusePool;
import java.io.Closeable;
import java.io.IOException;

/** Compresses clusters. Thread-safe; compressors are kept for reuse until this is closed. */
final class ClusterCompressor implements Closeable {
  private final String image;
  private final CompressionType type;
  private final int clusterBits;
  private final ReusePool<Compressor> idle = new ReusePool<>(Compressor::close);

  /**
   * Creates a compressor.
   *
   * @param image its name in error messages
   */
  ClusterCompressor(String image, CompressionType type, int clusterBits) {
    this.image = image;
    this.type = type;
    this.clusterBits = clusterBits;
  }

  /**
   * Compresses a cluster.
   *
   * @param stream receives the stream; as long as the cluster
   * @return how long the stream is, in bytes, or 0 if it is no shorter than the cluster
   * @throws UnsupportedFeatureException if the library for this type is missing
   */
  int compress(byte[] cluster, byte[] stream) throws IOException {
    Compressor compressor = idle.take(this::newCompressor);
    try {
      return compressor.compress(cluster, stream);
    } finally {
      idle.giveBack(compressor);
    }
  }

  private Compressor newCompressor() throws IOException {
    if (type == CompressionType.ZLIB) {
      return new ZlibCompressor(clusterBits);
    }
    try {
      return new ZstdCompressor();
    } catch (LinkageError e) {
      throw ClusterReader.missingZstd(image, e);
    }
  }

  @Override
  public void close() {
    idle.close();
  }

  /** Compresses one cluster at a time. */
  private interface Compressor extends Closeable {
    int compress(byte[] cluster, byte[] stream);

    @Override
    void close();
  }

  /**
   * Raw deflate, with the whole window of 32 KiB. QEMU writes with a window of 4 KiB, which costs a
   * tenth more space; but QEMU, like every reader that inflates a cluster in one go, reads any
   * window.
   */
  private static final class ZlibCompressor implements Compressor {
    /** Log2 of the cluster size in bytes from which on the window makes up for a lower level. */
    private static final int WIDE_CLUSTER_BITS = 14;

    /** Likewise, for a level of libdeflate that is lower still. */
    private static final int FAST_CLUSTER_BITS = 16;

    private final DeflateCompressor deflate;

    /** Takes the least levels whose streams are, as a rule, no longer than QEMU's at level 6. */
    ZlibCompressor(int clusterBits) {
      DeflateCompressor.Framing none = DeflateCompressor.Framing.NONE;
      deflate =
          clusterBits < WIDE_CLUSTER_BITS
              ? new DeflateCompressor(none, 6)
              : new DeflateCompressor(none, 4, clusterBits < FAST_CLUSTER_BITS ? 4 : 2);
    }

    @Override
    public int compress(byte[] cluster, byte[] stream) {
      int length = deflate.compress(cluster, stream);
      return length < cluster.length ? length : 0;
    }

    @Override
    public void close() {
      deflate.close();
    }
  }

  /** One zstd frame, at the library's default level, as QEMU writes it. */
  private static final class ZstdCompressor implements Compressor {
    private final ZstdCompressCtx context = new ZstdCompressCtx();

    @Override
    public int compress(byte[] cluster, byte[] stream) {
      try {
        int length =
            context.compressByteArray(stream, 0, stream.length, cluster, 0, cluster.length);
        return length < cluster.length ? length : 0;
      } catch (ZstdException e) {
        if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
          return 0;
        }
        throw e;
      }
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
