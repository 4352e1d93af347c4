package io.diskformat.storage;

import com.sun.jna.Function;
import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The system calls that Java does not offer, by JNA. All of them are optional: without them,
 * portable code does the same work more slowly. None is needed for a read or a write of the disk's
 * data. Only for 64-bit Linux so far.
 */
final class NativeIo {
  /** An advice of {@code madvise}: page faults fetch no neighbouring pages. */
  static final int MADV_RANDOM = 1;

  /** An advice of {@code madvise}: fetch the range now, without waiting for it. */
  static final int MADV_WILLNEED = 3;

  /** A lock that others may hold as well. */
  static final short F_RDLCK = 0;

  /** A lock that excludes every other. */
  static final short F_WRLCK = 1;

  // Constants and struct layouts of 64-bit Linux, by their names in the C library's headers.
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

  private static final int ENOENT = 2;
  private static final int EAGAIN = 11;
  private static final int EACCES = 13;
  private static final int EINTR = 4;
  private static final int ENOSPC = 28;
  private static final int ENXIO = 6;
  private static final int EFBIG = 27;
  private static final int EDQUOT = 122;

  /**
   * An I/O vector with one buffer of one byte, whose content is not used. The vector never changes.
   */
  private final Memory probe = new Memory(Native.POINTER_SIZE + Long.BYTES + 1);

  private final Function open;
  private final Function close;
  private final Function fcntl;
  private final Function fallocate;
  private final Function lseek;
  private final Function madvise;
  private final Function syncFileRange;
  private final Function fstatfs;
  private final Function statx;
  private final @Nullable Function copyFileRange;

  /**
   * Looks up the C library's functions. They are called as objects: binding them to native methods
   * would make a call half a microsecond faster, and the start of each process 30 ms slower.
   */
  private NativeIo(NativeLibrary libc) {
    open = function(libc, "open");
    close = function(libc, "close");
    fcntl = function(libc, "fcntl");
    fallocate = function(libc, "fallocate");
    lseek = function(libc, "lseek");
    madvise = function(libc, "madvise");
    syncFileRange = function(libc, "sync_file_range");
    fstatfs = function(libc, "fstatfs");
    statx = function(libc, "statx");
    copyFileRange = functionIfAny(libc, "copy_file_range");
    probe.setPointer(0, probe.share(Native.POINTER_SIZE + Long.BYTES));
    probe.setLong(Native.POINTER_SIZE, 1);
  }

  /** Returns a function that throws a {@link LastErrorException} if a call sets {@code errno}. */
  private static Function function(NativeLibrary libc, String name) {
    return libc.getFunction(name, Function.THROW_LAST_ERROR);
  }

  private static @Nullable Function functionIfAny(NativeLibrary libc, String name) {
    try {
      return function(libc, name);
    } catch (UnsatisfiedLinkError e) {
      return null;
    }
  }

  private static int call(Function function, Object... arguments) {
    return function.invokeInt(arguments);
  }

  /** A call that older C libraries do not have, and that only large reads need. */
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

    /** Does not report why it failed, because that takes an exception. */
    static native long preadv2(int fd, Pointer vector, int count, long offset, int flags);
  }

  /** Loads the library; returns null on a system with other calls. */
  static @Nullable NativeIo load() {
    if (!Platform.isLinux() || !Platform.is64Bit()) {
      return null;
    }
    // The process has loaded the C library already, whatever the name of its file.
    return new NativeIo(NativeLibrary.getProcess());
  }

  /** Opens a file and returns its descriptor; throws the exceptions that the JDK throws. */
  int open(String path, boolean writable) throws IOException {
    while (true) {
      try {
        return call(open, path, O_CLOEXEC | (writable ? O_RDWR : 0));
      } catch (LastErrorException e) {
        switch (e.getErrorCode()) {
          case EINTR -> {}
          case ENOENT -> throw new NoSuchFileException(path);
          case EACCES -> throw new AccessDeniedException(path);
          default -> throw new FileSystemException(path, null, words(e));
        }
      }
    }
  }

  void close(int fd) throws IOException {
    try {
      int ignored = call(close, fd);
    } catch (LastErrorException e) {
      throw failure(e);
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

  /**
   * Reserves space, extending the file if necessary; returns whether the file system can do that.
   */
  boolean reserve(int fd, long position, long length) throws IOException {
    return fallocate(fd, 0, position, length);
  }

  /**
   * Copies a range from one file to another within the kernel, by sharing its space where the file
   * system can do that; returns how many bytes were copied: fewer than asked for if the hosts'
   * file systems cannot copy so, or the first file ends.
   */
  long copyRange(int fd, long position, int targetFd, long targetPosition, long length)
      throws IOException {
    Function function = copyFileRange;
    if (function == null) {
      return 0;
    }
    long done = 0;
    try (Memory from = new Memory(Long.BYTES);
        Memory to = new Memory(Long.BYTES)) {
      from.setLong(0, position);
      to.setLong(0, targetPosition);
      while (done < length) {
        try {
          long copied =
              function.invokeLong(new Object[] {fd, from, targetFd, to, length - done, 0});
          if (copied <= 0) {
            return done;
          }
          done += copied;
        } catch (LastErrorException e) {
          switch (e.getErrorCode()) {
            case EINTR -> {}
            case ENOSPC, EDQUOT, EFBIG -> throw failure(e);
            default -> {
              return done;
            }
          }
        }
      }
    }
    return done;
  }

  private boolean fallocate(int fd, int mode, long position, long length) throws IOException {
    while (true) {
      try {
        return call(fallocate, fd, mode, position, length) == 0;
      } catch (LastErrorException e) {
        switch (e.getErrorCode()) {
          case EINTR -> {}
          case ENOSPC, EDQUOT, EFBIG -> throw failure(e);
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

  /**
   * Returns whether the file system reports holes, so that an empty result of {@code nextData}
   * means that there is no more data.
   */
  boolean knowsHoles(int fd) {
    try {
      return seekTo(fd, 0, SEEK_HOLE) >= 0;
    } catch (LastErrorException e) {
      return e.getErrorCode() == ENXIO;
    }
  }

  private OptionalLong seek(int fd, long position, int whence) throws IOException {
    try {
      return OptionalLong.of(seekTo(fd, position, whence));
    } catch (LastErrorException e) {
      if (e.getErrorCode() != ENXIO) {
        throw failure(e);
      }
      return OptionalLong.empty();
    }
  }

  private long seekTo(int fd, long position, int whence) {
    return lseek.invokeLong(new Object[] {fd, position, whence});
  }

  /**
   * Returns the number of bytes that the file occupies on the host, or empty if that is not known.
   */
  OptionalLong allocatedSize(int fd) {
    try (Memory buffer = new Memory(STATX_SIZE)) {
      buffer.clear();
      int ignored = call(statx, fd, "", AT_EMPTY_PATH, STATX_BLOCKS, buffer);
      return OptionalLong.of(buffer.getLong(STATX_BLOCKS_OFFSET) * 512);
    } catch (LastErrorException e) {
      return OptionalLong.empty();
    }
  }

  /** Returns whether the file is on tmpfs. */
  boolean isInMemory(int fd) {
    try (Memory buffer = new Memory(STATFS_SIZE)) {
      int ignored = call(fstatfs, fd, buffer);
      return buffer.getLong(0) == TMPFS_MAGIC;
    } catch (LastErrorException e) {
      return false;
    }
  }

  /**
   * Returns whether a byte of the file is in the page cache; false if the file system does not
   * report that.
   */
  boolean isCached(int fd, long position) {
    return Vectored.AVAILABLE && Vectored.preadv2(fd, probe, 1, position, RWF_NOWAIT) == 1;
  }

  /**
   * Advises the kernel about mapped memory; ignores failures. {@code address} is the start of a
   * page.
   */
  void advise(long address, long length, int advice) {
    try {
      int ignored = call(madvise, address, length, advice);
    } catch (LastErrorException e) {
      // Only advice.
    }
  }

  /** Asks the kernel to begin writing a range to the host's disk; ignores failures. */
  void startWriting(int fd, long position, long length) {
    try {
      int ignored = call(syncFileRange, fd, position, length, SYNC_FILE_RANGE_WRITE);
    } catch (LastErrorException e) {
      // Only advice.
    }
  }

  /** Takes a lock of one byte; returns false if somebody holds a conflicting one. */
  boolean lock(int fd, long position, short type) throws IOException {
    try (Memory flock = flock(type, position)) {
      int ignored = call(fcntl, fd, F_OFD_SETLK, flock);
      return true;
    } catch (LastErrorException e) {
      if (e.getErrorCode() == EAGAIN || e.getErrorCode() == EACCES) {
        return false;
      }
      throw failure(e);
    }
  }

  /** Returns whether nobody else holds a lock that conflicts with one of that type. */
  boolean couldLock(int fd, long position, short type) throws IOException {
    try (Memory flock = flock(type, position)) {
      int ignored = call(fcntl, fd, F_OFD_GETLK, flock);
      return flock.getShort(0) == F_UNLCK;
    } catch (LastErrorException e) {
      throw failure(e);
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

  /**
   * Returns the exception that the JDK throws if a call on an open file fails, with the C library's
   * message.
   */
  private static IOException failure(LastErrorException e) {
    return new IOException(words(e), e);
  }

  /** Returns the C library's message without the error number that JNA puts before it. */
  private static String words(LastErrorException e) {
    String message = String.valueOf(e.getMessage());
    String number = "[" + e.getErrorCode() + "] ";
    return message.startsWith(number) ? message.substring(number.length()) : message;
  }
}
