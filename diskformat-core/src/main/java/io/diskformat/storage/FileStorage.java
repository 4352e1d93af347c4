package io.diskformat.storage;

import io.diskformat.ImageClosedException;
import io.diskformat.ImageLockedException;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A file, mapped into memory whole.
 *
 * <p>Reads are copies out of the mapping and so cannot be interrupted; writes go through a channel
 * that outlives interrupts. The native descriptor, where there is one, is opened first, and the
 * channel from it, so that both are the same file whatever happens to its name.
 */
public final class FileStorage extends Storage {

  /** How the file is kept from being used by others at the same time. */
  public enum Sharing {
    /** As QEMU's tools do it: any number of readers, or one writer. */
    LOCKED,
    /** Not at all; for readers only. */
    UNLOCKED
  }

  private static final int CHUNK = 1 << 20;

  /** A file that grew is mapped anew only when it outgrew its mapping by this much. */
  private static final long WORTH_MAPPING = 64L << 20;

  private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(CHUNK).asReadOnlyBuffer();

  private final Path path;
  private final String name;
  private final boolean writable;
  private final Arena arena = Arena.ofShared();
  private final @Nullable NativeFile nativeFile;
  private final ReopeningChannel channel;
  private final @Nullable FileLock portableLock;

  private FileStorage(
      Path path,
      boolean writable,
      @Nullable NativeFile nativeFile,
      ReopeningChannel channel,
      @Nullable FileLock portableLock) {
    this.path = path;
    this.name = path.toString();
    this.writable = writable;
    this.nativeFile = nativeFile;
    this.channel = channel;
    this.portableLock = portableLock;
  }

  /**
   * Opens a file.
   *
   * @param path an existing regular file
   * @throws ImageLockedException if another process or device uses the file in a way that conflicts
   * @throws IOException if there is no such file, it is not a regular one, or cannot be opened
   */
  public static FileStorage open(Path path, boolean writable, Sharing sharing) throws IOException {
    return open(path, writable, sharing, NativeIo.get());
  }

  /** As the public method, without native calls if {@code io} is null. */
  static FileStorage open(Path path, boolean writable, Sharing sharing, @Nullable NativeIo io)
      throws IOException {
    if (!Files.isRegularFile(path)) {
      throw Files.exists(path)
          ? new IOException(path + ": not a regular file")
          : new java.nio.file.NoSuchFileException(path.toString(), null, "no such file");
    }
    NativeFile nativeFile = io == null ? null : NativeFile.open(io, path, writable);
    ReopeningChannel channel = null;
    try {
      if (nativeFile != null && (writable || sharing == Sharing.LOCKED)) {
        nativeFile.lock(writable, path.toString());
      }
      Path samePath = nativeFile == null ? path : nativeFile.pathOr(path);
      channel = new ReopeningChannel(path.toString(), samePath, writable);
      FileLock lock = nativeFile == null && writable ? portableLock(channel, path) : null;
      return new FileStorage(path, writable, nativeFile, channel, lock);
    } catch (IOException | RuntimeException e) {
      if (channel != null) {
        channel.close();
      }
      if (nativeFile != null) {
        nativeFile.close();
      }
      throw e;
    }
  }

  /** Without native calls: the process' own lock on the byte by which QEMU's writers are known. */
  private static @Nullable FileLock portableLock(ReopeningChannel channel, Path path)
      throws IOException {
    try {
      FileLock lock = channel.run(c -> c.tryLock(201, 1, false));
      if (lock == null) {
        throw ImageLock.locked(true, path.toString());
      }
      return lock;
    } catch (OverlappingFileLockException e) {
      throw ImageLock.locked(true, path.toString());
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<Path> path() {
    return Optional.of(path);
  }

  @Override
  public boolean isWritable() {
    return writable;
  }

  @Override
  public long size() throws IOException {
    return channel.run(FileChannel::size);
  }

  @Override
  public OptionalLong allocatedSize() throws IOException {
    checkOpen();
    return nativeFile == null ? OptionalLong.of(size()) : nativeFile.allocatedSize();
  }

  // Reading

  @Override
  protected void readUnmapped(long position, MemorySegment target) throws IOException {
    long length = target.byteSize();
    if (position < 0 || position > Long.MAX_VALUE - length) {
      throw new IndexOutOfBoundsException("position " + position + ", length " + length);
    }
    long size = size();
    if (position + length > size) {
      throw beyondEnd(position, length);
    }
    if (map(size, position + length)) {
      readUnfenced(position, target, 0, length);
    } else {
      readFromChannel(position, target);
    }
  }

  /** Maps the file's {@code size} bytes if that is worth it; returns whether {@code end} is mapped. */
  private synchronized boolean map(long size, long end) throws IOException {
    checkOpen();
    long mappedSize = mapped().byteSize();
    if (end <= mappedSize) {
      return true;
    }
    if (mappedSize > 0 && size - mappedSize < WORTH_MAPPING) {
      return false;
    }
    MapMode mode = writable ? MapMode.READ_WRITE : MapMode.READ_ONLY;
    MemorySegment segment = channel.run(c -> c.map(mode, 0, size, arena));
    if (nativeFile != null) {
      // Fetching whole neighbourhoods makes a random read of a cold file many times dearer.
      nativeFile.advise(segment.address(), size, NativeIo.MADV_RANDOM);
    }
    mapped(segment);
    return true;
  }

  private void readFromChannel(long position, MemorySegment target) throws IOException {
    for (long done = 0; done < target.byteSize(); ) {
      long at = position + done;
      ByteBuffer chunk =
          target.asSlice(done, Math.min(CHUNK, target.byteSize() - done)).asByteBuffer();
      int n = channel.run(c -> c.read(chunk.duplicate(), at));
      if (n < 0) {
        throw new EOFException(name + ": was cut short to " + size() + " bytes while being read");
      }
      done += n;
    }
  }

  @Override
  public void willRead(long position, long length) {
    MemorySegment segment = mapped();
    if (nativeFile == null || position >= segment.byteSize() || isClosed()) {
      return;
    }
    long start = position & -4096;
    long end = Math.min(position + length, segment.byteSize());
    try {
      // The slice's address is computed from the segment, which stays mapped for long enough: advice
      // for addresses that are no longer mapped is refused by the kernel without harm.
      nativeFile.advise(segment.address() + start, end - start, NativeIo.MADV_WILLNEED);
    } catch (IllegalStateException e) {
      // Closed in between.
    }
  }

  // Writing

  @Override
  public void write(long position, MemorySegment source) throws IOException {
    checkWritable();
    for (long done = 0; done < source.byteSize(); ) {
      long at = position + done;
      ByteBuffer chunk =
          source.asSlice(done, Math.min(CHUNK, source.byteSize() - done)).asByteBuffer();
      done += channel.run(c -> c.write(chunk.duplicate(), at));
    }
  }

  @Override
  public void zero(long position, long length, boolean giveBack) throws IOException {
    checkWritable();
    long end = Math.min(Math.addExact(position, length), size());
    if (position >= end) {
      return;
    }
    if (nativeFile == null || !nativeFile.zero(position, end - position, giveBack)) {
      writeZeroes(position, end);
    }
  }

  @Override
  public void reserve(long position, long length) throws IOException {
    checkWritable();
    long end = Math.addExact(position, length);
    if (nativeFile != null && nativeFile.reserve(position, length)) {
      return;
    }
    // Without the system call: bytes that are there are taken to have their space.
    long size = size();
    writeZeroes(Math.max(position, size), end);
  }

  private void writeZeroes(long start, long end) throws IOException {
    for (long at = start; at < end; ) {
      long position = at;
      ByteBuffer zeroes = ZEROES.duplicate().limit((int) Math.min(CHUNK, end - at));
      at += channel.run(c -> c.write(zeroes.duplicate(), position));
    }
  }

  @Override
  public void resize(long newSize) throws IOException {
    checkWritable();
    long size = size();
    if (newSize < size) {
      synchronized (this) {
        MemorySegment segment = mapped();
        if (newSize < segment.byteSize()) {
          mapped(segment.asSlice(0, newSize));
        }
      }
      channel.run(c -> c.truncate(newSize));
    } else if (newSize > size) {
      ByteBuffer last = ByteBuffer.allocate(1);
      channel.run(c -> c.write(last.duplicate(), newSize - 1));
    }
  }

  @Override
  public void flush() throws IOException {
    if (writable) {
      channel.run(
          c -> {
            c.force(false);
            return true;
          });
    }
  }

  // Holes

  @Override
  public long nextData(long position) throws IOException {
    checkOpen();
    long size = size();
    if (nativeFile == null || position >= size) {
      return Math.min(position, size);
    }
    return nativeFile.nextData(position, size);
  }

  @Override
  public long nextHole(long position) throws IOException {
    checkOpen();
    long size = size();
    return nativeFile == null || position >= size ? size : nativeFile.nextHole(position, size);
  }

  // Closing

  @Override
  protected void release() throws IOException {
    try {
      if (portableLock != null) {
        portableLock.close();
      }
      channel.close();
    } finally {
      closeArena();
      if (nativeFile != null) {
        nativeFile.close();
      }
    }
  }

  /** Unmaps. A system call that is under way on mapped memory keeps it for the moment. */
  private void closeArena() {
    while (true) {
      try {
        arena.close();
        return;
      } catch (IllegalStateException e) {
        LockSupport.parkNanos(100_000);
      }
    }
  }

  private void checkOpen() throws ImageClosedException {
    if (isClosed()) {
      throw new ImageClosedException(name);
    }
  }

  private void checkWritable() throws IOException {
    checkOpen();
    if (!writable) {
      throw new UnsupportedOperationException(name + ": opened for reading only");
    }
  }
}
