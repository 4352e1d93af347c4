package io.diskformat.onepass;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Gathers what is written to a channel into large pieces, and knows where it is. Positions are in
 * bytes from the first that was written. For one thread.
 */
public final class ForwardOutput {
  /** In bytes. */
  private static final int PIECE = 1 << 20;

  private final WritableByteChannel channel;
  private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
  private long written;

  /**
   * Creates an output.
   *
   * @param channel in blocking mode
   */
  public ForwardOutput(WritableByteChannel channel) {
    this.channel = channel;
  }

  /** Returns the position of what is written next. */
  public long position() {
    return written + piece.position();
  }

  /**
   * Writes all that a buffer has left.
   *
   * @throws IOException if the channel cannot be written
   */
  public void write(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      int length = Math.min(piece.remaining(), source.remaining());
      piece.put(source.slice(source.position(), length));
      source.position(source.position() + length);
      if (!piece.hasRemaining()) {
        flush();
      }
    }
  }

  /**
   * Writes zeroes up to a position.
   *
   * @throws IllegalStateException if that has passed
   * @throws IOException if the channel cannot be written
   */
  public void zeroesTo(long position) throws IOException {
    if (position < position()) {
      throw new IllegalStateException(position + " has passed: " + position());
    }
    ByteBuffer zeroes = ByteBuffer.allocate((int) Math.min(PIECE, position - position()));
    while (position() < position) {
      write(zeroes.clear().limit((int) Math.min(zeroes.capacity(), position - position())));
    }
  }

  /**
   * Hands all over to the channel.
   *
   * @throws IOException if the channel cannot be written
   */
  public void flush() throws IOException {
    piece.flip();
    written += piece.limit();
    while (piece.hasRemaining()) {
      int _ = channel.write(piece);
    }
    piece.clear();
  }
}
