package io.diskformat.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The lock that shows other processes that the maker of a partial file is alive and not done with
 * it. The image's own lock does not serve: it ends when the image is closed, before its content is
 * durable and has its name. The host releases this lock when the process ends.
 *
 * <p>Without native calls, closing the image releases this lock as well, so that it must be
 * renewed.
 */
final class Claim implements Closeable {
  /** The position of the locked byte: beyond those that stand for QEMU's permissions. */
  private static final long BYTE = 300;

  /** The channel that holds the lock where there are no native calls. */
  private final @Nullable FileChannel channel;

  private @Nullable FileLock lock;

  private final @Nullable NativeIo io;
  private final int fd;

  private Claim(@Nullable FileChannel channel, @Nullable NativeIo io, int fd) {
    this.channel = channel;
    this.io = io;
    this.fd = fd;
  }

  private static @Nullable NativeIo ioFor(Path path) {
    return path.getFileSystem().equals(FileSystems.getDefault()) ? NativeAccess.get() : null;
  }

  /** Claims a file that this process made. */
  static Claim ofOwn(Path path) throws IOException {
    if (ioFor(path) != null) {
      return ofAny(path);
    }
    Claim claim = new Claim(FileChannel.open(path, StandardOpenOption.WRITE), null, -1);
    claim.renew();
    return claim;
  }

  /**
   * Claims any file, if there are native calls. Without them, a claim would release other locks of
   * this process on the file.
   */
  static Claim ofAny(Path path) throws IOException {
    NativeIo io = ioFor(path);
    if (io == null) {
      return new Claim(null, null, -1);
    }
    Claim claim = new Claim(null, io, io.open(path.toString(), false));
    // Shared, because the file need not be writable; others may hold the lock as well.
    boolean ignored = io.lock(claim.fd, BYTE, NativeIo.F_RDLCK);
    return claim;
  }

  /** Takes the lock again, if closing the file's storage released it. */
  void renew() throws IOException {
    if (channel != null) {
      if (lock != null) {
        lock.release();
      }
      lock = channel.tryLock(BYTE, 1, false);
    }
  }

  /** Returns whether a process claims a file; claims of this process need not be found. */
  static boolean isHeld(Path path) throws IOException {
    NativeIo io = ioFor(path);
    if (io != null) {
      int fd = io.open(path.toString(), false);
      try {
        return !io.couldLock(fd, BYTE, NativeIo.F_WRLCK);
      } finally {
        io.close(fd);
      }
    }
    try (FileChannel other = FileChannel.open(path, StandardOpenOption.WRITE);
        FileLock free = other.tryLock(BYTE, 1, false)) {
      return free == null;
    } catch (OverlappingFileLockException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
    if (io != null) {
      io.close(fd);
    }
  }
}
