package io.diskformat.storage;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel.MapMode;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The mapping of a file: of all of it, and anew when it has grown enough. Once a file on tmpfs is
 * sparse, no more of it is mapped, because reading its holes through a mapping allocates memory for
 * them.
 */
final class FileMapping implements Closeable {
  /** The least growth for which a file is mapped anew, in bytes. */
  private static final long WORTH_MAPPING = 1L << 20;

  /**
   * The least growth for which a file is mapped anew, as a divisor of the mapping's length: each
   * mapping lives until the file is closed.
   */
  private static final int WORTH_MAPPING_PART = 8;

  private final OpenFile file;
  private final MapMode mode;
  private final Arena arena = Arena.ofShared();
  private volatile boolean complete;

  FileMapping(OpenFile file, boolean writable) {
    this.file = file;
    this.mode = writable ? MapMode.READ_WRITE : MapMode.READ_ONLY;
  }

  /** Returns whether no more of the file will be mapped. */
  boolean isComplete() {
    return complete;
  }

  /**
   * Maps the whole file if that is worthwhile, and returns the mapping, or null.
   *
   * @param mapped the number of bytes that are mapped already, less than {@code size}
   * @param size the size of the file, in bytes, which must not change until this returns: a mapping
   *     beyond the end would extend the file
   */
  @Nullable MemorySegment extend(long mapped, long size) throws IOException {
    long worth = mapped == 0 ? 0 : Math.max(WORTH_MAPPING, mapped / WORTH_MAPPING_PART);
    if (complete || size - mapped < worth) {
      return null;
    }
    NativeFile nativeFile = file.nativeFile();
    if (nativeFile != null && !file.isBlockDevice() && nativeFile.readingFillsHoles(size)) {
      complete = true;
      return null;
    }
    MemorySegment segment = file.channel().runAlone("mapping it", c -> c.map(mode, 0, size, arena));
    if (nativeFile != null) {
      // Fetching neighbouring pages makes random reads of a cold file many times slower.
      nativeFile.advise(segment.address(), size, NativeIo.MADV_RANDOM);
    }
    return segment;
  }

  /** Extends the file by a hole, by mapping no bytes at its new end. */
  void grow(String doing, long size) throws IOException {
    var _ = file.channel().runAlone(doing, c -> c.map(MapMode.READ_WRITE, size, 0, arena));
  }

  /** Unmaps the file. Waits while a system call on mapped memory is under way. */
  @Override
  public void close() {
    while (true) {
      try {
        arena.close();
        return;
      } catch (IllegalStateException e) {
        LockSupport.parkNanos(100_000);
      }
    }
  }
}
