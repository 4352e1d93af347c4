package io.diskformat.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A descriptor of our own on a file, for the system calls that Java has none for. After close no
 * call is made on the descriptor's number, which may by then be another file's.
 */
final class NativeFile implements Closeable {
  private static final long SAMPLE = 512 << 10;

  private final NativeIo io;
  private final int fd;
  private final boolean knowsHoles;
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
  private boolean closed;

  private NativeFile(NativeIo io, int fd) {
    this.io = io;
    this.fd = fd;
    this.knowsHoles = io.knowsHoles(fd);
  }

  static NativeFile open(NativeIo io, Path path, boolean writable) throws IOException {
    return new NativeFile(io, io.open(path.toString(), writable));
  }

  /** Takes QEMU's locks, which are held until this is closed. */
  void lock(boolean writable, String name) throws IOException {
    ImageLock.acquire(io, fd, writable, name);
  }

  /** Returns a path that leads to this very file whatever becomes of its name, or {@code path}. */
  Path pathOr(Path path) {
    Path descriptor = Path.of("/proc/self/fd/" + fd);
    return Files.exists(descriptor) ? descriptor : path;
  }

  /** A call on the descriptor. */
  @FunctionalInterface
  private interface Call<T> {
    T on(int fd) throws IOException;
  }

  private <T> T call(Call<T> call, T ifClosed) throws IOException {
    use.readLock().lock();
    try {
      return closed ? ifClosed : call.on(fd);
    } finally {
      use.readLock().unlock();
    }
  }

  /** Makes a range read as zeroes without writing it; returns whether that could be done. */
  boolean zero(long position, long length, boolean giveBack) throws IOException {
    return call(
        d -> giveBack ? io.punchHole(d, position, length) : io.zeroRange(d, position, length),
        false);
  }

  /** Reserves space, growing the file if need be; returns whether that could be done. */
  boolean reserve(long position, long length) throws IOException {
    return call(d -> io.reserve(d, position, length), false);
  }

  /** Returns the start of the next data at or after {@code position}, or {@code size}. */
  long nextData(long position, long size) throws IOException {
    if (!knowsHoles) {
      return position;
    }
    return Math.min(size, call(d -> io.nextData(d, position), OptionalLong.empty()).orElse(size));
  }

  /** Returns the start of the next hole at or after {@code position}, or {@code size}. */
  long nextHole(long position, long size) throws IOException {
    if (!knowsHoles) {
      return size;
    }
    return Math.min(size, call(d -> io.nextHole(d, position), OptionalLong.empty()).orElse(size));
  }

  /**
   * Returns whether the file has holes that reads through a mapping would fill: those of a tmpfs
   * take memory then, and fail once there is none left.
   */
  boolean readingFillsHoles(long size) throws IOException {
    return call(io::isInMemory, false) && allocatedSize().orElse(size) < size;
  }

  OptionalLong allocatedSize() throws IOException {
    return call(io::allocatedSize, OptionalLong.empty());
  }

  /**
   * Returns whether a range seems to be in the page cache, going by one byte in every {@link
   * #SAMPLE}. Makes no object.
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

  /** Has the kernel begin to write a range to the disk; whether it does does not matter. */
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
    } finally {
      use.writeLock().unlock();
    }
  }
}
