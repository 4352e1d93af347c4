package io.diskformat.qcow2;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/** Compresses clusters. Thread-safe; compressors are kept for reuse until this is closed. */
final class ClusterCompressor implements Closeable {
  private final Storage storage;
  private final CompressionType type;
  private final ArrayDeque<Compressor> idle = new ArrayDeque<>();
  private boolean closed;

  ClusterCompressor(Storage storage, CompressionType type) {
    this.storage = storage;
    this.type = type;
  }

  /**
   * Returns the stream that a cluster compresses to, or null if that is no shorter than the
   * cluster.
   *
   * @throws UnsupportedFeatureException if the library for this type is missing
   */
  byte @Nullable [] compress(byte[] cluster) throws IOException {
    Compressor compressor = take();
    try {
      return compressor.compress(cluster);
    } finally {
      giveBack(compressor);
    }
  }

  private Compressor take() throws IOException {
    Compressor compressor;
    synchronized (idle) {
      compressor = idle.poll();
    }
    if (compressor != null) {
      return compressor;
    }
    if (type == CompressionType.ZLIB) {
      return new ZlibCompressor();
    }
    try {
      return new ZstdCompressor();
    } catch (LinkageError e) {
      throw ClusterReader.missingZstd(storage, e);
    }
  }

  private void giveBack(Compressor compressor) {
    synchronized (idle) {
      if (!closed) {
        idle.push(compressor);
        return;
      }
    }
    compressor.close();
  }

  @Override
  public void close() {
    synchronized (idle) {
      closed = true;
      for (Compressor compressor; (compressor = idle.poll()) != null; ) {
        compressor.close();
      }
    }
  }

  /** Compresses one cluster at a time. */
  private interface Compressor extends Closeable {
    byte @Nullable [] compress(byte[] cluster);

    @Override
    void close();
  }

  /** Raw deflate. */
  private static final class ZlibCompressor implements Compressor {
    private static final int LEVEL = 4;

    private final Deflater deflater = new Deflater(LEVEL, true);

    @Override
    public byte @Nullable [] compress(byte[] cluster) {
      deflater.reset();
      deflater.setInput(cluster);
      deflater.finish();
      byte[] stream = new byte[cluster.length];
      int length = deflater.deflate(stream);
      return deflater.finished() && length < cluster.length ? Arrays.copyOf(stream, length) : null;
    }

    @Override
    public void close() {
      deflater.end();
    }
  }

  /** One zstd frame. */
  private static final class ZstdCompressor implements Compressor {
    private final ZstdCompressCtx context = new ZstdCompressCtx();

    @Override
    public byte @Nullable [] compress(byte[] cluster) {
      byte[] stream = new byte[(int) Zstd.compressBound(cluster.length)];
      int length = context.compress(stream, cluster);
      return length < cluster.length ? Arrays.copyOf(stream, length) : null;
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
