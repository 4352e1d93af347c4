package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Reads an image from a channel, on and on, and knows where it is. */
final class SectorInput {
  private static final int PIECE = 1 << 16;

  private final String name;
  private final ReadableByteChannel channel;
  private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE).limit(0);
  private long position;

  SectorInput(String name, ReadableByteChannel channel) {
    this.name = name;
    this.channel = channel;
  }

  /** Returns the position of what is read next, in bytes. */
  long position() {
    return position;
  }

  /** Returns whether there is anything left. */
  boolean hasMore() throws IOException {
    return piece.hasRemaining() || fill();
  }

  private boolean fill() throws IOException {
    piece.clear();
    int count;
    do {
      count = channel.read(piece);
    } while (count == 0);
    piece.flip();
    return count > 0;
  }

  /**
   * Fills an array.
   *
   * @param structure what that is, for an error
   * @throws CorruptImageException if the image ends before
   */
  void read(String structure, byte[] target) throws IOException {
    int done = readUpTo(target);
    if (done < target.length) {
      throw new CorruptImageException(
          name,
          structure,
          position - done,
          "ends after " + done + " of " + target.length + " bytes: was it cut short?");
    }
  }

  /** Fills an array as far as the image goes; returns how many bytes it had. */
  int readUpTo(byte[] target) throws IOException {
    int done = 0;
    while (done < target.length && hasMore()) {
      int length = Math.min(piece.remaining(), target.length - done);
      piece.get(target, done, length);
      done += length;
    }
    position += done;
    return done;
  }
}
