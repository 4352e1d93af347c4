package io.diskformat.iso.build;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps content whose size has to be known before it is written, in a temporary file that is made
 * when it is first needed and deleted at the end.
 */
final class Spool implements Closeable {
  private static final int PIECE = 1 << 18;

  private @Nullable FileChannel channel;
  private long end;

  /** Returns how long all that is kept is. */
  long end() {
    return end;
  }

  private FileChannel channel() throws IOException {
    if (channel == null) {
      Path file = Files.createTempFile("diskformat", ".spool");
      channel =
          FileChannel.open(
              file,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    }
    return channel;
  }

  /** Returns content of a known size: what is given, or that kept. */
  DiscContent known(DiscContent content) throws IOException {
    if (content.size() != DiscContent.UNKNOWN) {
      return content;
    }
    try (ReadableByteChannel in = content.open()) {
      return keep(in);
    }
  }

  /** Keeps content up to its end. */
  private DiscContent keep(ReadableByteChannel content) throws IOException {
    long start = end;
    ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
    while (content.read(piece) >= 0) {
      append(piece.flip());
      piece.clear();
    }
    return from(start);
  }

  /** Keeps bytes behind those before. */
  void append(ByteBuffer bytes) throws IOException {
    end += bytes.remaining();
    write(end - bytes.remaining(), bytes);
  }

  /** Keeps bytes at a position, in place of what is there or will be. */
  void write(long position, ByteBuffer bytes) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel().write(bytes, at);
    }
  }

  /** Leaves out what is kept from a position on, or leaves room up to it. */
  void goOnAt(long position) {
    end = position;
  }

  /** Returns what is kept from a position on. */
  DiscContent from(long start) {
    long until = end;
    return DiscContent.of(until - start, () -> open(start, until));
  }

  private InputStream open(long start, long until) throws IOException {
    FileChannel from = channel();
    return Channels.newInputStream(
        new ReadableByteChannel() {
          private long at = start;

          @Override
          public int read(ByteBuffer target) throws IOException {
            if (at == until) {
              return -1;
            }
            int most = (int) Math.min(target.remaining(), until - at);
            int n = from.read(target.slice(target.position(), most), at);
            if (n > 0) {
              at += n;
              target.position(target.position() + n);
            }
            return n;
          }

          @Override
          public boolean isOpen() {
            return from.isOpen();
          }

          @Override
          public void close() {}
        });
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
