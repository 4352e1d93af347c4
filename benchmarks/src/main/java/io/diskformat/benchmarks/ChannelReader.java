package io.diskformat.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Reads a raw disk by the system call {@code pread}. */
final class ChannelReader implements Reader {
  private final FileChannel file;

  ChannelReader(Path raw) throws IOException {
    file = FileChannel.open(raw, StandardOpenOption.READ);
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    ByteBuffer buffer = target.asByteBuffer();
    while (buffer.hasRemaining()) {
      if (file.read(buffer, offset + buffer.position()) < 0) {
        throw new EOFException();
      }
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
