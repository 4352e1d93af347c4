package io.diskformat.storage;

import io.diskformat.ImageClosedException;
import io.diskformat.ImageLockedException;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A file as a storage, mapped into memory as a whole.
 *
 * <p>Reads copy from the mapping, except for large ones that were announced: those, and all writes
 * but small overwrites, are system calls on a channel that survives interrupts. A block device is a
 * file of fixed size without holes.
 */
public final class FileStorage extends Storage {

  /** Whether the file is locked against conflicting use by others. */
  public enum Sharing {
    /** Locked as by QEMU's tools: any number of readers, or one writer. */
    LOCKED,
    /** Not locked; for readers only. */
    UNLOCKED
  }

  /**
   * The largest overwrite that goes through the mapping, in bytes: a longer one is cheaper as a
   * system call.
   */
  private static final long STORE_LIMIT = 16 << 10;

  private final OpenFile file;
  private final String name;
  private final boolean writable;
  private final @Nullable NativeFile nativeFile;
  private final BulkReads bulk;
  private final ReopeningChannel channel;
  private final ChannelBytes bytes;
  private final FileMapping mapping;

  /** Null unless the file is new and nobody else sees it; until then, flushes do nothing. */
  private volatile @Nullable WriteBehind writeBehind;

  private FileStorage(OpenFile file, boolean writable, boolean unseen) {
    this.file = file;
    this.name = file.name();
    this.writable = writable;
    this.nativeFile = file.nativeFile();
    this.bulk = new BulkReads(nativeFile);
    this.channel = file.channel();
    this.bytes = new ChannelBytes(file);
    this.mapping = new FileMapping(file, writable);
    WriteBehind.@Nullable Start start = nativeFile == null ? null : nativeFile::startWriting;
    this.writeBehind = unseen ? new WriteBehind(start) : null;
  }

  /**
   * Opens a file.
   *
   * @param path an existing regular file or block device
   * @param writable whether the file is opened for writing as well
   * @param sharing whether the file is locked; a file that is opened for writing always is
   * @return the open file
   * @throws ImageLockedException if another process or device uses the file in a way that conflicts
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws java.nio.file.AccessDeniedException if the host denies access to the file or to a
   *     directory in its path
   * @throws IOException if it is of another kind, or cannot be opened for another reason
   */
  public static FileStorage open(Path path, boolean writable, Sharing sharing) throws IOException {
    return open(path, path.toString(), writable, sharing);
  }

  /**
   * Opens a file that has another name than its path in error messages. The other parameters are
   * those of {@link #open(Path, boolean, Sharing)}.
   *
   * @param name the name of the file in error messages
   * @return the open file
   * @throws ImageLockedException if another process or device uses the file in a way that conflicts
   * @throws IOException if there is no such file, it is neither a regular file nor a block device,
   *     or cannot be opened
   */
  public static FileStorage open(Path path, String name, boolean writable, Sharing sharing)
      throws IOException {
    return open(path, name, writable, sharing, NativeAccess.get(), false);
  }

  /**
   * Opens a new file for writing that nobody else sees yet: flushing it does nothing until {@link
   * #becomeSeen}.
   *
   * @param name the name of the file in error messages
   */
  static FileStorage openUnseen(Path path, String name) throws IOException {
    return open(path, name, true, Sharing.LOCKED, NativeAccess.get(), true);
  }

  /**
   * Opens a file as the public method does, without native calls if {@code io} is null.
   *
   * @return the open file
   */
  static FileStorage open(Path path, boolean writable, Sharing sharing, @Nullable NativeIo io)
      throws IOException {
    return open(path, path.toString(), writable, sharing, io, false);
  }

  private static FileStorage open(
      Path path,
      String name,
      boolean writable,
      Sharing sharing,
      @Nullable NativeIo io,
      boolean unseen)
      throws IOException {
    boolean locked = writable || sharing == Sharing.LOCKED;
    OpenFile file = OpenFile.open(path, name, writable, locked, io);
    return new FileStorage(file, writable, unseen);
  }

  /** Makes flushes take effect from now on, because others may see the file. */
  void becomeSeen() {
    writeBehind = null;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<Path> path() {
    return Optional.of(file.path());
  }

  @Override
  public boolean isWritable() {
    return writable;
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public boolean isUnseen() {
    return writeBehind != null;
  }

  @Override
  public boolean hasFixedSize() {
    return file.isBlockDevice();
  }

  @Override
  public OptionalLong allocatedSize() throws IOException {
    checkOpen();
    if (file.isBlockDevice()) {
      // It takes no space of a file system, and QEMU reports 0 as well.
      return OptionalLong.of(0);
    }
    return nativeFile == null ? OptionalLong.empty() : nativeFile.allocatedSize();
  }

  // Reading

  @Override
  protected void readUnmapped(long position, MemorySegment target) throws IOException {
    long length = target.byteSize();
    long end = checkRange(position, length);
    if (!mapping.isComplete() && map(end)) {
      readUnfenced(position, target, 0, length);
      return;
    }
    checkOpen();
    try {
      bytes.read(position, target);
    } catch (EOFException e) {
      throw end > size() ? beyondEnd(position, length) : e;
    }
  }

  /** Maps the file if that is worthwhile; returns whether it is mapped up to {@code end}. */
  private synchronized boolean map(long end) throws IOException {
    checkOpen();
    long mappedSize = mapped().byteSize();
    if (end <= mappedSize) {
      return true;
    }
    // Read under the lock under which the file is cut short.
    long size = size();
    if (end > size) {
      return false;
    }
    MemorySegment longer = mapping.extend(mappedSize, size);
    if (longer == null) {
      keepTablePages(TablePages.DEFAULT_PAGE, TablePages.DEFAULT_BYTES);
      return false;
    }
    mapped(longer);
    return true;
  }

  /**
   * Reads by a system call. The first access to each page of a mapping is a fault, which takes
   * three times as long as the kernel's own copying, and only system calls come with the kernel's
   * own read-ahead. After an interrupt or an error, the mapping is used, and reports the error.
   */
  @Override
  protected boolean readInBulk(
      long position, MemorySegment target, long targetOffset, long length) {
    return bulk.isWanted(position, length)
        && bytes.tryRead(position, target.asSlice(targetOffset, length));
  }

  @Override
  public void willRead(long position, long length) {
    if (!isClosed()) {
      bulk.fetch(mapped(), position, length);
    }
  }

  @Override
  public void willReadInBulk(long position, long length) {
    if (!isClosed()) {
      bulk.announce(mapped(), position, length);
    }
  }

  // Writing

  @Override
  public void write(long position, MemorySegment source) throws IOException {
    checkWritable();
    long length = source.byteSize();
    checkRange(position, length);
    try {
      bytes.write(position, source);
    } finally {
      forgetTablePages(position, length);
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
    // Where no space is reserved, a store could find none, which is no exception but a fault.
    boolean stored = length <= STORE_LIMIT && !isUnseen();
    if (!stored || position > segment.byteSize() - length) {
      if (stored && !mapping.isComplete() && map(position + length)) {
        segment = mapped();
      } else {
        write(position, source.asSlice(from, length));
        return;
      }
    }
    checkWritable();
    MemorySegment.copy(source, from, segment, position, length);
    if (position + length > segment.byteSize() - Long.BYTES) {
      // A number may begin in the mapping and end beyond it.
      forgetTablePages(position, length);
    }
  }

  /** Returns the file, for what is done with two of them. */
  OpenFile file() {
    return file;
  }

  @Override
  public void zero(long position, long length, boolean giveBack) throws IOException {
    checkWritable();
    long end = Math.min(checkRange(position, length), size());
    if (position < end) {
      try {
        bytes.zero(position, end, giveBack);
      } finally {
        forgetTablePages(position, length);
      }
    }
  }

  @Override
  public void reserve(long position, long length) throws IOException {
    checkWritable();
    long end = checkRange(position, length);
    if (file.isBlockDevice()) {
      long size = size();
      if (end > size) {
        throw fixedSize(end, size);
      }
    } else if (length > 0) {
      bytes.reserve(position, end);
    }
  }

  @Override
  public synchronized void resize(long newSize) throws IOException {
    checkWritable();
    checkRange(0, newSize);
    long size = size();
    if (file.isBlockDevice() && newSize != size) {
      throw fixedSize(newSize, size);
    }
    String resizing = "resizing to " + newSize + " bytes";
    if (newSize < size) {
      MemorySegment segment = mapped();
      if (newSize < segment.byteSize()) {
        mapped(segment.asSlice(0, newSize));
      }
      try {
        channel.runAlone(resizing, c -> c.truncate(newSize));
      } finally {
        forgetTablePages(newSize, Long.MAX_VALUE);
      }
    } else if (newSize > size) {
      mapping.grow(resizing, newSize);
    }
  }

  private IOException fixedSize(long wanted, long size) {
    return FileErrors.of(
        name,
        "resizing to " + wanted + " bytes",
        "it is a block device, which keeps its size of " + size + " bytes",
        null);
  }

  @Override
  public void flush() throws IOException {
    checkOpen();
    if (writable && writeBehind == null) {
      channel.run(
          "flushing",
          FileErrors.NOWHERE,
          c -> {
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
    // If it was closed meanwhile, the result is not a hole.
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
      mapping.close();
      file.close();
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
