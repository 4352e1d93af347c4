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
 * A file channel that survives interrupts. An interrupt of one thread during an operation closes a
 * {@link FileChannel} for all threads; this class then opens the file again and repeats the
 * operation, and leaves the interrupted thread's flag set. A lock is taken again, too.
 */
final class ReopeningChannel implements Closeable {

  /** A positional operation, which can be repeated with the same effect. */
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

  /** Replaced under the lock of this object. */
  private volatile FileChannel channel;

  private volatile boolean closed;

  /**
   * Opens the file.
   *
   * @param name the name of the file in error messages
   * @param path a path that leads to the same file each time
   * @param locked whether the lock of a writer is held on the file as long as this is open
   * @throws io.diskformat.ImageLockedException if the lock is held by somebody else
   */
  ReopeningChannel(String name, Path path, boolean writable, boolean locked) throws IOException {
    this.name = name;
    this.path = path;
    this.options =
        writable
            ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
            : Set.of(StandardOpenOption.READ);
    this.locked = locked;
    try {
      this.fileKey = fileKey();
      this.channel = open();
    } catch (IOException e) {
      throw FileErrors.opening(name, writable, e);
    }
  }

  private FileChannel open() throws IOException {
    FileChannel opened = FileChannel.open(path, options);
    try {
      if (!Objects.equals(fileKey, fileKey())) {
        throw new IOException("another file took its place while it was in use");
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

  /** Opens the file again; fails if the path leads to another file. */
  private FileChannel openAgain() throws IOException {
    try {
      return open();
    } catch (IOException e) {
      throw FileErrors.of(name, "opening it again", FileErrors.NOWHERE, e);
    }
  }

  private @Nullable Object fileKey() throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  /** Takes the process's lock on the byte that QEMU's tools lock for a writer. */
  private static boolean lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock(201, 1, false) != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /**
   * Runs an operation.
   *
   * @param doing the name of the operation in error messages
   * @param position its position in the file, in bytes, or {@link FileErrors#NOWHERE}
   */
  <T> T run(String doing, long position, Operation<T> operation) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        FileChannel current = current();
        try {
          return operation.on(current);
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        } catch (ClosedChannelException e) {
          // Another thread was interrupted, or this is closed, which current() reports.
        } catch (IOException e) {
          throw FileErrors.of(name, doing, position, e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Runs an operation that reads or changes the file's size. One runs at a time: in the JDK's
   * channel they share a lock, and an interrupt that closes the channel during one of them would
   * wait for those that wait for that lock.
   */
  <T> T runAlone(String doing, Operation<T> operation) throws IOException {
    synchronized (alone) {
      return run(doing, FileErrors.NOWHERE, operation);
    }
  }

  /** Returns the file's current size, in bytes. */
  long size() throws IOException {
    return runAlone("asking for its size", FileChannel::size);
  }

  private FileChannel current() throws IOException {
    FileChannel current = channel;
    // If it is closed right afterwards, the operation fails, and run() repeats it.
    return !closed && current.isOpen() ? current : reopened();
  }

  private synchronized FileChannel reopened() throws IOException {
    if (closed) {
      throw new ImageClosedException(name);
    }
    if (!channel.isOpen()) {
      // Waits until the closing thread is done, and the lock is released.
      channel.close();
      channel = openAgain();
    }
    return channel;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    try {
      channel.close();
    } catch (IOException e) {
      throw FileErrors.of(name, "closing", FileErrors.NOWHERE, e);
    }
  }
}
