package io.diskformat.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A file descriptor of our own, for the system calls that Java does not offer. After close, no call
 * uses the descriptor's number, which may then belong to another file.
 */
final class NativeFile implements Closeable {
  /** The distance of the bytes that {@link #seemsCached} checks, in bytes. */
  private static final long SAMPLE = 512 << 10;

  private static final String LOOKING = "looking for holes";
  private static final String ASKING = "asking for what it occupies";

  private final NativeIo io;
  private final int fd;
  private final String name;
  private final boolean knowsHoles;

  /** Held by each call, and exclusively while this is closed. */
  final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

  private boolean closed;

  private NativeFile(NativeIo io, int fd, String name) {
    this.io = io;
    this.fd = fd;
    this.name = name;
    this.knowsHoles = io.knowsHoles(fd);
  }

  /**
   * Opens a file.
   *
   * @param name the name of the file in error messages
   */
  static NativeFile open(NativeIo io, Path path, String name, boolean writable) throws IOException {
    try {
      return new NativeFile(io, io.open(path.toString(), writable), name);
    } catch (IOException e) {
      throw FileErrors.opening(name, writable, e);
    }
  }

  /** Takes QEMU's locks, which are held until this is closed. */
  void lock(boolean writable) throws IOException {
    try {
      ImageLock.acquire(io, fd, writable, name);
    } catch (IOException e) {
      throw FileErrors.of(name, "locking", FileErrors.NOWHERE, e);
    }
  }

  /**
   * Returns a path that leads to this file even if it is renamed, or {@code path} if there is none.
   */
  Path pathOr(Path path) {
    Path descriptor = Path.of("/proc/self/fd/" + fd);
    return Files.exists(descriptor) ? descriptor : path;
  }

  /** A call on the descriptor. */
  @FunctionalInterface
  private interface Call<T> {
    T on(int fd) throws IOException;
  }

  private <T> T call(String doing, long position, Call<T> call, T ifClosed) throws IOException {
    use.readLock().lock();
    try {
      return closed ? ifClosed : call.on(fd);
    } catch (IOException e) {
      throw FileErrors.of(name, doing, position, e);
    } finally {
      use.readLock().unlock();
    }
  }

  /** Makes a range read as zeroes without writing it; returns whether the host can do that. */
  boolean zero(long position, long length, boolean giveBack) throws IOException {
    return call(
        "writing zeroes",
        position,
        d -> giveBack ? io.punchHole(d, position, length) : io.zeroRange(d, position, length),
        false);
  }

  /** Reserves space, extending the file if necessary; returns whether the host can do that. */
  boolean reserve(long position, long length) throws IOException {
    return call("reserving space", position, d -> io.reserve(d, position, length), false);
  }

  /**
   * Copies a range to another file within the kernel; returns how many bytes were copied, as the
   * host may not be able to. What it reports is a failure of the other file: that has no space.
   */
  long copyTo(long position, NativeFile target, long targetPosition, long length)
      throws IOException {
    return target.call(
        "writing",
        targetPosition,
        to -> {
          // Who had one file and waited for the other, and somebody else the other way round, could
          // keep both from closing.
          if (!use.readLock().tryLock()) {
            return 0L;
          }
          try {
            return closed ? 0L : io.copyRange(fd, position, to, targetPosition, length);
          } finally {
            use.readLock().unlock();
          }
        },
        0L);
  }

  /** Returns the start of the next data at or after {@code position}, or {@code size}. */
  long nextData(long position, long size) throws IOException {
    if (!knowsHoles) {
      return position;
    }
    OptionalLong next =
        call(LOOKING, position, d -> io.nextData(d, position), OptionalLong.empty());
    return Math.min(size, next.orElse(size));
  }

  /** Returns the start of the next hole at or after {@code position}, or {@code size}. */
  long nextHole(long position, long size) throws IOException {
    if (!knowsHoles) {
      return size;
    }
    OptionalLong next =
        call(LOOKING, position, d -> io.nextHole(d, position), OptionalLong.empty());
    return Math.min(size, next.orElse(size));
  }

  /**
   * Returns whether the file has holes that reads through a mapping would fill: those of a file on
   * tmpfs then take memory, and the read fails when there is none left.
   */
  boolean readingFillsHoles(long size) throws IOException {
    return call(ASKING, FileErrors.NOWHERE, io::isInMemory, false)
        && allocatedSize().orElse(size) < size;
  }

  OptionalLong allocatedSize() throws IOException {
    return call(ASKING, FileErrors.NOWHERE, io::allocatedSize, OptionalLong.empty());
  }

  /**
   * Returns whether a range seems to be in the page cache, judged by one byte in every {@link
   * #SAMPLE}. Allocates no object.
   */
  boolean seemsCached(long position, long length) {
    use.readLock().lock();
    try {
      boolean cached = !closed;
      for (long at = position; cached && at < position + length; at += SAMPLE) {
        cached = io.isCached(fd, at);
      }
      return cached;
    } finally {
      use.readLock().unlock();
    }
  }

  /** Advises the kernel about mapped memory; {@code address} is the start of a page. */
  void advise(long address, long length, int advice) {
    io.advise(address, length, advice);
  }

  /** Asks the kernel to begin writing a range to the host's disk; ignores failures. */
  void startWriting(long position, long length) {
    use.readLock().lock();
    try {
      if (!closed && length > 0) {
        io.startWriting(fd, position, length);
      }
    } finally {
      use.readLock().unlock();
    }
  }

  @Override
  public void close() throws IOException {
    use.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        io.close(fd);
      }
    } catch (IOException e) {
      throw FileErrors.of(name, "closing", FileErrors.NOWHERE, e);
    } finally {
      use.writeLock().unlock();
    }
  }
}
