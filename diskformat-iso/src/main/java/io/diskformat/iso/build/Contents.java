package io.diskformat.iso.build;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Reads the beginning of content. */
final class Contents {
  private Contents() {}

  /**
   * Returns the first bytes, fewer if there are no more.
   *
   * @throws IOException if it cannot be read
   */
  static byte[] first(DiscContent content, int most) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(most);
    try (ReadableByteChannel in = content.open()) {
      while (to.hasRemaining() && in.read(to) >= 0) {
        // Until all is there.
      }
    }
    byte[] bytes = new byte[to.position()];
    to.get(0, bytes);
    return bytes;
  }

  /**
   * Returns one byte.
   *
   * @throws IOException if there is none, or it cannot be read
   */
  static int byteAt(DiscContent content, int position, String name) throws IOException {
    byte[] bytes = first(content, position + 1);
    if (bytes.length <= position) {
      throw new IOException(name + ": ends before its byte " + position);
    }
    return Byte.toUnsignedInt(bytes[position]);
  }
}
