package io.diskformat.iso.build;

import io.diskformat.ProgressListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** Writes an image from its beginning to its end, in large pieces. */
final class ImageOutput {
  private static final int PIECE = 1 << 20;

  private final WritableByteChannel target;
  private final ProgressListener progress;
  private final long total;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE);
  private long written;

  /**
   * Begins at the beginning.
   *
   * @param total how long the image will be, in bytes
   */
  ImageOutput(WritableByteChannel target, long total, ProgressListener progress) {
    this.target = target;
    this.total = total;
    this.progress = progress;
  }

  /** Returns how many bytes there are so far. */
  long position() {
    return written + buffer.position();
  }

  void write(byte[] bytes, int length) throws IOException {
    for (int at = 0; at < length; ) {
      int n = Math.min(length - at, room());
      buffer.put(bytes, at, n);
      at += n;
    }
  }

  void write(byte[] bytes) throws IOException {
    write(bytes, bytes.length);
  }

  /** Writes zeroes up to a position. */
  void zeroesTo(long position) throws IOException {
    while (position() < position) {
      int n = (int) Math.min(position - position(), room());
      for (int i = 0; i < n; i++) {
        buffer.put((byte) 0);
      }
    }
  }

  /** Fills up the block that was begun. */
  void endBlock() throws IOException {
    zeroesTo(DiscFields.blocks(position()) * DiscFields.BLOCK);
  }

  /**
   * Writes content.
   *
   * @throws IOException if it is not as long as was said, or cannot be read
   */
  void copy(FileData data) throws IOException {
    long left = data.size();
    try (ReadableByteChannel in = data.content().open()) {
      while (left > 0) {
        int most = (int) Math.min(left, room());
        buffer.limit(buffer.position() + most);
        int n = in.read(buffer);
        buffer.limit(buffer.capacity());
        if (n < 0) {
          throw new IOException(
              data.name() + ": ends " + left + " bytes before its size of " + data.size());
        }
        left -= n;
      }
      if (in.read(ByteBuffer.allocate(1)) > 0) {
        throw new IOException(data.name() + ": goes on behind its size of " + data.size());
      }
    }
  }

  /** Returns how much the buffer takes, at least a byte. */
  private int room() throws IOException {
    if (!buffer.hasRemaining()) {
      flush();
    }
    return buffer.remaining();
  }

  /** Hands what is buffered to the target. */
  void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      written += target.write(buffer);
    }
    buffer.clear();
    progress.progress(written, total);
  }
}
