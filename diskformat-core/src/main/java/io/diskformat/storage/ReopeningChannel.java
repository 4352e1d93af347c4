package io.diskformat.storage;

import io.diskformat.ImageClosedException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * A file channel that outlives interrupts. An interrupt of one thread in the middle of an operation
 * closes a {@link FileChannel} for every thread; here the file is opened again and the operation
 * done again, and the interrupted thread finds its flag still set.
 */
final class ReopeningChannel implements Closeable {

  /** A positional operation: done again from its start, it has the same effect. */
  @FunctionalInterface
  interface Operation<T> {
    T on(FileChannel channel) throws IOException;
  }

  private final String name;
  private final Path path;
  private final Set<StandardOpenOption> options;
  private FileChannel channel;
  private boolean closed;

  /**
   * Opens the file.
   *
   * @param name by which errors call it
   * @param path a path that leads to the same file each time
   */
  ReopeningChannel(String name, Path path, boolean writable) throws IOException {
    this.name = name;
    this.path = path;
    this.options =
        writable
            ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
            : Set.of(StandardOpenOption.READ);
    this.channel = FileChannel.open(path, options);
  }

  <T> T run(Operation<T> operation) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        FileChannel current = current();
        try {
          return operation.on(current);
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        } catch (ClosedChannelException e) {
          // Some other thread was interrupted, or this is closed: current() tells.
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized FileChannel current() throws IOException {
    if (closed) {
      throw new ImageClosedException(name);
    }
    if (!channel.isOpen()) {
      channel = FileChannel.open(path, options);
    }
    return channel;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    channel.close();
  }
}
