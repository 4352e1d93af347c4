package io.diskformat.storage;

import static java.util.Objects.requireNonNull;

import java.io.Closeable;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Compresses byte arrays to deflate streams with the full window of 32 KiB: by the C library
 * libdeflate where it is installed and JNA may call it, by {@code java.util.zip} otherwise. At the
 * same level both make streams of about the same length, in the same format.
 *
 * <p>Holds some hundred KiB of native memory until it is closed. Thread-safe, but compresses one
 * source at a time: for several threads create one each.
 */
public final class DeflateCompressor implements Closeable {
  /** The header and trailer around the deflate stream. */
  public enum Framing {
    /** None (RFC 1951). */
    NONE,
    /** A header of two bytes, and an Adler-32 checksum of the source as the trailer (RFC 1950). */
    ZLIB
  }

  private final Framing framing;
  private final @Nullable Libdeflate library;
  private final @Nullable Deflater deflater;

  /** The library's compressor, or 0. */
  private long compressor;

  private boolean closed;

  /**
   * Creates a compressor.
   *
   * @param framing the header and trailer
   * @param level the level of zlib, from 1, the fastest, to 9
   */
  public DeflateCompressor(Framing framing, int level) {
    this(framing, level, Libdeflate.get());
  }

  /**
   * Creates a compressor whose level depends on what compresses: libdeflate makes shorter streams
   * at low levels.
   *
   * @param framing the header and trailer
   * @param zlibLevel the level of zlib, from 1, the fastest, to 9
   * @param libdeflateLevel the level of libdeflate, from 1 to 12
   */
  public DeflateCompressor(Framing framing, int zlibLevel, int libdeflateLevel) {
    this(framing, Libdeflate.get() == null ? zlibLevel : libdeflateLevel, Libdeflate.get());
  }

  /**
   * Creates a compressor.
   *
   * @param library null for {@code java.util.zip}
   */
  DeflateCompressor(Framing framing, int level, @Nullable Libdeflate library) {
    this.framing = framing;
    this.library = library;
    this.compressor = library == null ? 0 : library.allocate(level);
    this.deflater = compressor == 0 ? new Deflater(level, framing == Framing.NONE) : null;
  }

  /**
   * Compresses all of {@code source} into the start of {@code target}. Bytes of {@code target}
   * after the stream may be changed, too.
   *
   * @return the length of the stream, in bytes, or 0 if it does not fit
   * @throws IllegalStateException if this is closed
   */
  public synchronized int compress(byte[] source, byte[] target) {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    if (library != null && compressor != 0) {
      return library.compress(compressor, framing == Framing.ZLIB, source, target);
    }
    return compress(requireNonNull(deflater), source, target);
  }

  private static int compress(Deflater deflater, byte[] source, byte[] target) {
    deflater.reset();
    deflater.setInput(source);
    deflater.finish();
    int length = deflater.deflate(target);
    return deflater.finished() ? length : 0;
  }

  /** Frees the native memory. Closing again does nothing. */
  @Override
  public synchronized void close() {
    closed = true;
    if (library != null && compressor != 0) {
      library.free(compressor);
      compressor = 0;
    }
    if (deflater != null) {
      deflater.end();
    }
  }
}
