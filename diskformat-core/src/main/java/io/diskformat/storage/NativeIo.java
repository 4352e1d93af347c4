package io.diskformat.storage;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The system calls that Java has none for, by JNA. All of them are optional: where {@link
 * NativeAccess} has none a portable path does the same work slower, and never on the way of a read
 * or write of guest data. Only 64-bit Linux so far.
 */
final class NativeIo {
  /** An advice of {@code madvise}: page faults fetch no neighbours. */
  static final int MADV_RANDOM = 1;

  /** An advice of {@code madvise}: fetch the range now, without waiting for it. */
  static final int MADV_WILLNEED = 3;

  /** A lock that others may hold as well. */
  static final short F_RDLCK = 0;

  /** A lock that excludes every other. */
  static final short F_WRLCK = 1;

  private static final short F_UNLCK = 2;

  private static final int O_RDWR = 2;
  private static final int O_CLOEXEC = 0x80000;
  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLK = 37;
  private static final int FALLOC_FL_KEEP_SIZE = 1;
  private static final int FALLOC_FL_PUNCH_HOLE = 2;
  private static final int FALLOC_FL_ZERO_RANGE = 16;
  private static final int SYNC_FILE_RANGE_WRITE = 2;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BLOCKS = 0x400;
  private static final int STATX_SIZE = 256;
  private static final int STATX_BLOCKS_OFFSET = 48;
  private static final int FLOCK_SIZE = 32;
  private static final int RWF_NOWAIT = 8;
  private static final int STATFS_SIZE = 120;
  private static final long TMPFS_MAGIC = 0x01021994;

  private static final int EAGAIN = 11;
  private static final int EACCES = 13;
  private static final int EINTR = 4;
  private static final int ENOSPC = 28;
  private static final int ENXIO = 6;
  private static final int EFBIG = 27;
  private static final int EDQUOT = 122;

  /** One buffer of one byte, which nobody looks at. The vector is not changed. */
  private final Memory probe = new Memory(Native.POINTER_SIZE + Long.BYTES + 1);

  private NativeIo() {
    probe.setPointer(0, probe.share(Native.POINTER_SIZE + Long.BYTES));
    probe.setLong(Native.POINTER_SIZE, 1);
  }

  /** The C library's own functions, bound by name. */
  private static final class LibC {
    static native int open(String path, int flags) throws LastErrorException;

    static native int close(int fd) throws LastErrorException;

    static native int fcntl(int fd, int command, Pointer argument) throws LastErrorException;

    static native int fallocate(int fd, int mode, long offset, long length)
        throws LastErrorException;

    static native long lseek(int fd, long offset, int whence) throws LastErrorException;

    static native int madvise(long address, long length, int advice) throws LastErrorException;

    static native int sync_file_range(int fd, long offset, long length, int flags)
        throws LastErrorException;

    static native int fstatfs(int fd, Pointer buffer) throws LastErrorException;

    static native int statx(int fd, String path, int flags, int mask, Pointer buffer)
        throws LastErrorException;
  }

  /** A call that C libraries have not had for long, and that is needed only by who reads much. */
  private static final class Vectored {
    static final boolean AVAILABLE = register();

    private static boolean register() {
      try {
        Native.register(Vectored.class, NativeLibrary.getProcess());
        return true;
      } catch (UnsatisfiedLinkError e) {
        return false;
      }
    }

    /** Does not tell why it failed, since that takes an exception. */
    static native long preadv2(int fd, Pointer vector, int count, long offset, int flags);
  }

  /** Loads the library; returns null on a system that has other calls. */
  static @Nullable NativeIo load() {
    if (!Platform.isLinux() || !Platform.is64Bit()) {
      return null;
    }
    // The process has it loaded already, whatever its file is called.
    Native.register(LibC.class, NativeLibrary.getProcess());
    return new NativeIo();
  }

  int open(String path, boolean writable) throws IOException {
    try {
      return LibC.open(path, O_CLOEXEC | (writable ? O_RDWR : 0));
    } catch (LastErrorException e) {
      throw failure("open " + path, e);
    }
  }

  void close(int fd) throws IOException {
    try {
      int ignored = LibC.close(fd);
    } catch (LastErrorException e) {
      throw failure("close", e);
    }
  }

  /** Gives a range's space back to the host; returns whether the file system can do that. */
  boolean punchHole(int fd, long position, long length) throws IOException {
    return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, position, length);
  }

  /**
   * Makes a range read as zeroes without writing it; returns whether the file system can do that.
   */
  boolean zeroRange(int fd, long position, long length) throws IOException {
    return fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, position, length);
  }

  /** Reserves space, growing the file if need be; returns whether the file system can do that. */
  boolean reserve(int fd, long position, long length) throws IOException {
    return fallocate(fd, 0, position, length);
  }

  private static boolean fallocate(int fd, int mode, long position, long length)
      throws IOException {
    while (true) {
      try {
        return LibC.fallocate(fd, mode, position, length) == 0;
      } catch (LastErrorException e) {
        switch (e.getErrorCode()) {
          case EINTR -> {}
          case ENOSPC, EDQUOT, EFBIG -> throw failure("fallocate", e);
          default -> {
            return false;
          }
        }
      }
    }
  }

  /** Returns the start of the next data at or after {@code position}, or empty if there is none. */
  OptionalLong nextData(int fd, long position) throws IOException {
    return seek(fd, position, SEEK_DATA);
  }

  /** Returns the start of the next hole at or after {@code position}, or empty if there is none. */
  OptionalLong nextHole(int fd, long position) throws IOException {
    return seek(fd, position, SEEK_HOLE);
  }

  /** Whether {@code nextData} can tell "no more data" from "this file system cannot tell". */
  boolean knowsHoles(int fd) {
    try {
      return LibC.lseek(fd, 0, SEEK_HOLE) >= 0;
    } catch (LastErrorException e) {
      return e.getErrorCode() == ENXIO;
    }
  }

  private static OptionalLong seek(int fd, long position, int whence) throws IOException {
    try {
      return OptionalLong.of(LibC.lseek(fd, position, whence));
    } catch (LastErrorException e) {
      if (e.getErrorCode() != ENXIO) {
        throw failure("lseek", e);
      }
      return OptionalLong.empty();
    }
  }

  /** Returns how many bytes the file occupies on the host, or empty if that is not known. */
  OptionalLong allocatedSize(int fd) {
    try (Memory buffer = new Memory(STATX_SIZE)) {
      buffer.clear();
      int ignored = LibC.statx(fd, "", AT_EMPTY_PATH, STATX_BLOCKS, buffer);
      return OptionalLong.of(buffer.getLong(STATX_BLOCKS_OFFSET) * 512);
    } catch (LastErrorException | UnsatisfiedLinkError e) {
      return OptionalLong.empty();
    }
  }

  /** Returns whether the file is in a file system that has no disk below it. */
  boolean isInMemory(int fd) {
    try (Memory buffer = new Memory(STATFS_SIZE)) {
      int ignored = LibC.fstatfs(fd, buffer);
      return buffer.getLong(0) == TMPFS_MAGIC;
    } catch (LastErrorException e) {
      return false;
    }
  }

  /**
   * Returns whether a byte of the file is in the page cache; false if the file system cannot tell.
   */
  boolean isCached(int fd, long position) {
    return Vectored.AVAILABLE && Vectored.preadv2(fd, probe, 1, position, RWF_NOWAIT) == 1;
  }

  /** Advises the kernel; failures do not matter. {@code address} is the start of a page. */
  void advise(long address, long length, int advice) {
    try {
      int ignored = LibC.madvise(address, length, advice);
    } catch (LastErrorException e) {
      // Only advice.
    }
  }

  /** Has the kernel begin to write a range to the disk; failures do not matter. */
  void startWriting(int fd, long position, long length) {
    try {
      int ignored = LibC.sync_file_range(fd, position, length, SYNC_FILE_RANGE_WRITE);
    } catch (LastErrorException | UnsatisfiedLinkError e) {
      // Only advice.
    }
  }

  /** Takes a lock of one byte; returns false if somebody holds a conflicting one. */
  boolean lock(int fd, long position, short type) throws IOException {
    try (Memory flock = flock(type, position)) {
      int ignored = LibC.fcntl(fd, F_OFD_SETLK, flock);
      return true;
    } catch (LastErrorException e) {
      if (e.getErrorCode() == EAGAIN || e.getErrorCode() == EACCES) {
        return false;
      }
      throw failure("lock", e);
    }
  }

  /** Returns whether nobody else holds a lock that conflicts with one of that type. */
  boolean couldLock(int fd, long position, short type) throws IOException {
    try (Memory flock = flock(type, position)) {
      int ignored = LibC.fcntl(fd, F_OFD_GETLK, flock);
      return flock.getShort(0) == F_UNLCK;
    } catch (LastErrorException e) {
      throw failure("query lock", e);
    }
  }

  private static Memory flock(short type, long position) {
    Memory flock = new Memory(FLOCK_SIZE);
    flock.clear();
    flock.setShort(0, type);
    flock.setLong(8, position);
    flock.setLong(16, 1);
    return flock;
  }

  private static IOException failure(String call, LastErrorException e) {
    return new IOException(call + ": " + e.getMessage(), e);
  }
}
