package io.diskformat.qcow2;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Zstandard. One frame or several fill a cluster; what follows in the last sector is no part of
 * them, so each frame's own length is found first.
 */
final class ZstdDecompressor extends Decompressor {
  private final ZstdDecompressCtx context = new ZstdDecompressCtx();
  private byte[] unit = new byte[0];

  /** How many bytes the last stream had. */
  private int consumed;

  private ZstdDecompressor() {}

  /**
   * Creates one. A caller that names no other type than the one that is returned can be loaded
   * without this class, which needs a library.
   */
  static Decompressor create() {
    return new ZstdDecompressor();
  }

  /** Native code does not see that an arena is being closed, so it gets arrays only. */
  @Override
  @Nullable String decompress(byte[] source, int length, MemorySegment target) {
    ByteBuffer bytes = target.asByteBuffer();
    int size = bytes.limit();
    if (bytes.hasArray()) {
      return decompress(source, length, bytes.array(), bytes.arrayOffset(), size);
    }
    if (unit.length != size) {
      unit = new byte[size];
    }
    String problem = decompress(source, length, unit, 0, size);
    if (problem == null) {
      bytes.put(unit);
    }
    return problem;
  }

  @Override
  int streamLength(byte[] source, int length, MemorySegment target) {
    return decompress(source, length, target) == null ? consumed : -1;
  }

  private @Nullable String decompress(
      byte[] source, int length, byte[] target, int from, int size) {
    consumed = 0;
    int filled = 0;
    try {
      while (filled < size) {
        // The library counts an empty range at the end of an array as none of it.
        long frame =
            consumed == length
                ? 0
                : Zstd.findFrameCompressedSize(source, consumed, length - consumed);
        if (Zstd.isError(frame) || frame <= 0 || frame > length - consumed) {
          return "its stream ends after " + filled + " of " + size + " bytes";
        }
        filled +=
            context.decompressByteArray(
                target, from + filled, size - filled, source, consumed, (int) frame);
        consumed += (int) frame;
      }
      return null;
    } catch (ZstdException e) {
      return "its stream is no zstd stream: " + e.getMessage();
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
