package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Reads a piece of a large file in another thread while the one before is written. */
final class PieceReader implements Closeable {
  private static final int PIECE = 1 << 20;

  private final BlockDevice content;
  private final ExecutorService thread = Awaited.threads(1);

  /** One is filled while the other is in use. */
  private ByteBuffer free = ByteBuffer.allocateDirect(PIECE);

  private ByteBuffer used = ByteBuffer.allocateDirect(PIECE);

  PieceReader(BlockDevice content) {
    this.content = content;
  }

  /** Is done with each piece. */
  @FunctionalInterface
  interface Use {
    void of(ByteBuffer piece, long offset) throws IOException;
  }

  /**
   * Reads a range of the file.
   *
   * @param use is given its pieces, one after the other
   */
  void read(long from, long length, Use use) throws IOException {
    long end = from + length;
    Future<ByteBuffer> next = begin(from, end);
    for (long at = from; at < end; ) {
      ByteBuffer piece = Awaited.result(next);
      long after = at + piece.remaining();
      free = used;
      used = piece;
      if (after < end) {
        next = begin(after, end);
      }
      use.of(piece, at);
      at = after;
    }
  }

  private Future<ByteBuffer> begin(long at, long end) {
    ByteBuffer buffer = free.clear().limit((int) Math.min(PIECE, end - at));
    return thread.submit(() -> {
      content.read(at, buffer);
      return buffer.flip();
    });
  }

  @Override
  public void close() {
    Awaited.end(thread);
  }
}
