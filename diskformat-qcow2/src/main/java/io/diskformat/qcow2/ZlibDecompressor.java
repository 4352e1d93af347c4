package io.diskformat.qcow2;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Raw deflate. A stream need not come to its end once the cluster is full, as in QEMU. */
final class ZlibDecompressor extends ClusterReader.Decompressor {
  private final Inflater inflater = new Inflater(true);

  @Override
  @Nullable String decompress(byte[] source, int length, byte[] target) {
    inflater.reset();
    inflater.setInput(source, 0, length);
    try {
      int filled = 0;
      while (filled < target.length) {
        int n = inflater.inflate(target, filled, target.length - filled);
        if (n == 0) {
          return "its stream ends after " + filled + " of " + target.length + " bytes";
        }
        filled += n;
      }
      return null;
    } catch (DataFormatException e) {
      return "its stream is no deflate stream: " + e.getMessage();
    }
  }

  @Override
  public void close() {
    inflater.end();
  }
}
