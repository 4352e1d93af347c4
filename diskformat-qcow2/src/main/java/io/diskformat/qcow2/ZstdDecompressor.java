package io.diskformat.qcow2;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import org.jspecify.annotations.Nullable;

/**
 * Zstandard. One frame or several fill a cluster; what follows in the last sector is no part of
 * them, so each frame's own length is found first.
 */
final class ZstdDecompressor extends ClusterReader.Decompressor {
  private final ZstdDecompressCtx context = new ZstdDecompressCtx();

  @Override
  @Nullable String decompress(byte[] source, int length, byte[] target) {
    int consumed = 0;
    int filled = 0;
    try {
      while (filled < target.length) {
        long frame = Zstd.findFrameCompressedSize(source, consumed, length - consumed);
        if (Zstd.isError(frame) || frame <= 0 || frame > length - consumed) {
          return "its stream ends after " + filled + " of " + target.length + " bytes";
        }
        filled +=
            context.decompressByteArray(
                target, filled, target.length - filled, source, consumed, (int) frame);
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
