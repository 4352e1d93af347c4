package io.diskformat.storage;

import io.diskformat.ImageClosedException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file channel that outlives interrupts. An interrupt of one thread in the middle of an operation
 * closes a {@link FileChannel} for every thread; here the file is opened again and the operation
 * done again, and the interrupted thread finds its flag still set. A lock is taken again, too.
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
  private final boolean locked;
  private final @Nullable Object fileKey;
  private final Object alone = new Object();
  private FileChannel channel;
  private boolean closed;

  /**
   * Opens the file.
   *
   * @param name by which errors call it
   * @param path a path that leads to the same file each time
   * @param locked whether the lock of a writer is held on the file as long as this is open
   * @throws io.diskformat.ImageLockedException if it cannot be had
   */
  ReopeningChannel(String name, Path path, boolean writable, boolean locked) throws IOException {
    this.name = name;
    this.path = path;
    this.options =
        writable
            ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
            : Set.of(StandardOpenOption.READ);
    this.locked = locked;
    this.fileKey = fileKey();
    this.channel = open();
  }

  private FileChannel open() throws IOException {
    FileChannel opened = FileChannel.open(path, options);
    try {
      if (!Objects.equals(fileKey, fileKey())) {
        throw new IOException(name + ": another file took its place while it was in use");
      }
      if (locked && !lock(opened)) {
        throw ImageLock.locked(true, name);
      }
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private @Nullable Object fileKey() throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  /** Takes the process' own lock on the byte by which QEMU's writers are known. */
  private static boolean lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock(201, 1, false) != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
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

  /**
   * Runs an operation that asks for the file's size or changes it. One at a time: the JDK's channel
   * holds a lock on these while an interrupt closes it, which waits for those that wait for that
   * lock.
   */
  <T> T runAlone(Operation<T> operation) throws IOException {
    synchronized (alone) {
      return run(operation);
    }
  }

  private synchronized FileChannel current() throws IOException {
    if (closed) {
      throw new ImageClosedException(name);
    }
    if (!channel.isOpen()) {
      // Waits until whoever closes it is done, and its lock free.
      channel.close();
      channel = open();
    }
    return channel;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    channel.close();
  }
}
