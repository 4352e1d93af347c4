package io.diskformat.storage;

import io.diskformat.ImageClosedException;
import io.diskformat.ImageLockedException;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
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

  /** A file that grew is mapped anew only when it outgrew its mapping by this much, */
  private static final long WORTH_MAPPING = 1L << 20;

  /** and by this part of it: each mapping lives until the file is closed. */
  private static final int WORTH_MAPPING_PART = 8;

  /** A range that takes little time to be read even if it is fetched page by page. */
  private static final long SMALL_RANGE = 128 << 10;

  /** After so many ranges that were cached, of small ones one is looked at in */
  private static final int TRUSTED = 16;

  /** so many. */
  private static final int LOOKED_AT = 8;

  /** Up to so many bytes are cheaper stored through the mapping than written by a system call. */
  private static final long STORE_LIMIT = 16 << 10;

  private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(CHUNK).asReadOnlyBuffer();

  private final Path path;
  private final String name;
  private final boolean writable;
  private final Arena arena = Arena.ofShared();
  private final @Nullable NativeFile nativeFile;
  private final ReopeningChannel channel;
  private boolean neverMapped;

  /** Null unless nobody sees the file yet; then it need not be durable either. */
  private volatile @Nullable WriteBehind writeBehind;

  /** Shared by all that write, and held alone by what writes zeroes where nobody wrote yet. */
  private final ReadWriteLock growth = new ReentrantReadWriteLock();

  /** How many ranges that were looked at were cached, one after the other. No more than a hint. */
  private int cachedInARow;

  private FileStorage(
      Path path,
      boolean writable,
      @Nullable NativeFile nativeFile,
      ReopeningChannel channel,
      boolean unseen) {
    this.writeBehind = unseen ? new WriteBehind(nativeFile) : null;
    this.path = path;
    this.name = path.toString();
    this.writable = writable;
    this.nativeFile = nativeFile;
    this.channel = channel;
  }

  /**
   * Opens a file.
   *
   * @param path an existing regular file
   * @throws ImageLockedException if another process or device uses the file in a way that conflicts
   * @throws IOException if there is no such file, it is not a regular one, or cannot be opened
   */
  public static FileStorage open(Path path, boolean writable, Sharing sharing) throws IOException {
    return open(path, writable, sharing, NativeAccess.get());
  }

  /**
   * Opens a file for writing that nobody else sees: flushing it does nothing, and whoever lets it
   * be seen makes it durable before.
   */
  static FileStorage openUnseen(Path path) throws IOException {
    return open(path, true, Sharing.LOCKED, NativeAccess.get(), true);
  }

  /** As the public method, without native calls if {@code io} is null. */
  static FileStorage open(Path path, boolean writable, Sharing sharing, @Nullable NativeIo io)
      throws IOException {
    return open(path, writable, sharing, io, false);
  }

  private static FileStorage open(
      Path path, boolean writable, Sharing sharing, @Nullable NativeIo io, boolean unseen)
      throws IOException {
    if (!Files.isRegularFile(path)) {
      throw Files.exists(path)
          ? new IOException(path + ": not a regular file")
          : new java.nio.file.NoSuchFileException(path.toString(), null, "no such file");
    }
    // A name in another file system, an archive for one, means nothing to the system calls.
    boolean ofHost = path.getFileSystem().equals(FileSystems.getDefault());
    NativeFile nativeFile = io != null && ofHost ? NativeFile.open(io, path, writable) : null;
    try {
      if (nativeFile != null && (writable || sharing == Sharing.LOCKED)) {
        nativeFile.lock(writable, path.toString());
      }
      Path samePath = nativeFile == null ? path : nativeFile.pathOr(path);
      boolean portableLock = nativeFile == null && writable;
      ReopeningChannel channel =
          new ReopeningChannel(path.toString(), samePath, writable, portableLock);
      return new FileStorage(path, writable, nativeFile, channel, unseen);
    } catch (IOException | RuntimeException e) {
      if (nativeFile != null) {
        nativeFile.close();
      }
      throw e;
    }
  }

  /** From now on others may see the file, so that flushing it makes it durable. */
  void becomeSeen() {
    writeBehind = null;
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
    return channel.runAlone(FileChannel::size);
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
    long end = checkRange(position, length);
    if (end > size()) {
      throw beyondEnd(position, length);
    }
    if (map(end)) {
      readUnfenced(position, target, 0, length);
    } else {
      readFromChannel(position, target);
    }
  }

  /** Maps the file if that is worth it; returns whether {@code end} is mapped. */
  private synchronized boolean map(long end) throws IOException {
    checkOpen();
    long mappedSize = mapped().byteSize();
    if (end <= mappedSize) {
      return true;
    }
    // Asked under the lock under which the file is cut: a mapping beyond its end would grow it.
    long size = size();
    long worth = mappedSize == 0 ? 0 : Math.max(WORTH_MAPPING, mappedSize / WORTH_MAPPING_PART);
    if (end > size || neverMapped || size - mappedSize < worth) {
      return false;
    }
    if (nativeFile != null && nativeFile.readingFillsHoles(size)) {
      neverMapped = true;
      return false;
    }
    MapMode mode = writable ? MapMode.READ_WRITE : MapMode.READ_ONLY;
    MemorySegment segment = channel.runAlone(c -> c.map(mode, 0, size, arena));
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
      MemorySegment part = target.asSlice(done, Math.min(CHUNK, target.byteSize() - done));
      boolean direct = hasByteBuffer(part);
      ByteBuffer chunk = direct ? part.asByteBuffer() : ByteBuffer.allocate((int) part.byteSize());
      int n = channel.run(c -> c.read(chunk.duplicate(), at));
      if (n < 0) {
        throw new EOFException(name + ": was cut short to " + size() + " bytes while being read");
      }
      if (!direct) {
        MemorySegment.copy(MemorySegment.ofBuffer(chunk), 0, part, 0, n);
      }
      done += n;
    }
  }

  /** Returns whether a segment can be seen as a buffer: one on an array of longs cannot. */
  private static boolean hasByteBuffer(MemorySegment segment) {
    return segment.isNative()
        || segment.heapBase().filter(base -> base instanceof byte[]).isPresent();
  }

  @Override
  public void willRead(long position, long length) {
    MemorySegment segment = mapped();
    if (nativeFile == null || position >= segment.byteSize() || isClosed()) {
      return;
    }
    long start = position & -4096;
    long end = Math.min(position + length, segment.byteSize());
    // For what is in memory, the kernel takes a third as long to find that out as copying it takes.
    if (seemsCached(nativeFile, start, end - start)) {
      return;
    }
    try {
      // Even if it is unmapped meanwhile: advice for addresses that are no longer mapped is refused
      // by the kernel without harm.
      nativeFile.advise(segment.address() + start, end - start, NativeIo.MADV_WILLNEED);
    } catch (IllegalStateException e) {
      // Closed in between.
    }
  }

  /** Of many small ranges only some are looked at, as long as all of those are cached. */
  private boolean seemsCached(NativeFile file, long position, long length) {
    int before = cachedInARow;
    boolean trusted = length <= SMALL_RANGE && before >= TRUSTED && before % LOOKED_AT != 0;
    boolean cached = trusted || file.seemsCached(position, length);
    cachedInARow = cached ? before + 1 & Integer.MAX_VALUE : 0;
    return cached;
  }

  // Writing

  @Override
  public void write(long position, MemorySegment source) throws IOException {
    checkWritable();
    long length = source.byteSize();
    checkRange(position, length);
    growth.readLock().lock();
    try {
      for (long done = 0; done < length; ) {
        long at = position + done;
        MemorySegment part = source.asSlice(done, Math.min(CHUNK, length - done));
        ByteBuffer chunk =
            hasByteBuffer(part)
                ? part.asByteBuffer()
                : ByteBuffer.wrap(part.toArray(ValueLayout.JAVA_BYTE));
        done += channel.run(c -> c.write(chunk.duplicate(), at));
      }
    } finally {
      growth.readLock().unlock();
    }
    WriteBehind behind = writeBehind;
    if (behind != null) {
      behind.written(position, length);
    }
  }

  @Override
  public void overwrite(long position, MemorySegment source, long from, long length)
      throws IOException {
    MemorySegment segment = mapped();
    if (length > STORE_LIMIT || position > segment.byteSize() - length) {
      if (length <= STORE_LIMIT && map(position + length)) {
        segment = mapped();
      } else {
        write(position, source.asSlice(from, length));
        return;
      }
    }
    checkWritable();
    MemorySegment.copy(source, from, segment, position, length);
  }

  @Override
  public void zero(long position, long length, boolean giveBack) throws IOException {
    checkWritable();
    long end = Math.min(checkRange(position, length), size());
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
    long limit = checkRange(position, length);
    if (length == 0 || (nativeFile != null && nativeFile.reserve(position, length))) {
      return;
    }
    // Without the system call: bytes that are there are taken to have their space.
    growth.writeLock().lock();
    try {
      long start = Math.max(position, size());
      long usable = Files.getFileStore(path).getUsableSpace();
      if (usable > 0 && limit - start > usable) {
        throw new IOException(name + ": no space left for " + (limit - start) + " more bytes");
      }
      writeZeroes(start, limit);
    } finally {
      growth.writeLock().unlock();
    }
  }

  private void writeZeroes(long start, long limit) throws IOException {
    for (long at = start; at < limit; ) {
      long position = at;
      ByteBuffer zeroes = ZEROES.duplicate().limit((int) Math.min(CHUNK, limit - at));
      at += channel.run(c -> c.write(zeroes.duplicate(), position));
    }
  }

  @Override
  public synchronized void resize(long newSize) throws IOException {
    checkWritable();
    checkRange(0, newSize);
    long size = size();
    if (newSize < size) {
      MemorySegment segment = mapped();
      if (newSize < segment.byteSize()) {
        mapped(segment.asSlice(0, newSize));
      }
      channel.runAlone(c -> c.truncate(newSize));
    } else if (newSize > size) {
      // No bytes are mapped, but the file grows to where they would be, and by nothing but a hole.
      channel.runAlone(c -> c.map(MapMode.READ_WRITE, newSize, 0, arena));
    }
  }

  @Override
  public void flush() throws IOException {
    checkOpen();
    if (writable && writeBehind == null) {
      channel.run(c -> {
        c.force(false);
        return true;
      });
    }
  }

  // Holes

  @Override
  public long nextData(long position) throws IOException {
    checkRange(position, 0);
    long size = size();
    if (nativeFile == null || position >= size) {
      return Math.min(position, size);
    }
    long data = nativeFile.nextData(position, size);
    // Closed in between, the file has no data; do not let that be taken for a hole.
    checkOpen();
    return data;
  }

  @Override
  public long nextHole(long position) throws IOException {
    checkRange(position, 0);
    long size = size();
    return nativeFile == null || position >= size ? size : nativeFile.nextHole(position, size);
  }

  // Closing

  @Override
  protected void release() throws IOException {
    try {
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
