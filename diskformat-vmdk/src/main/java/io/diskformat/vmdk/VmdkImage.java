package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import io.diskformat.ImageInfo;
import io.diskformat.MissingData;
import io.diskformat.Place;
import io.diskformat.device.JoinedDevice;
import io.diskformat.device.PlainBytes;
import io.diskformat.device.PlainTarget;
import io.diskformat.spi.ImageFiles;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An open VMDK image: its extents as one disk. */
final class VmdkImage implements DiskImage, PlainBytes, PlainTarget {
  private static final long SECTOR = 1L << ExtentLine.SECTOR_BITS;

  private final ImageFiles files;
  private final VmdkDescription description;
  private final @Nullable VmdkChanges changes;

  /** Replaced when the disk gets another size; extents that are in both stay open. */
  private volatile BlockDevice disk;

  private volatile boolean closed;

  /**
   * Creates an image.
   *
   * @param files all that is open
   * @param disk which the image owns
   * @param changes what changes beside the disk; null if that is only read
   */
  VmdkImage(
      ImageFiles files,
      VmdkDescription description,
      BlockDevice disk,
      @Nullable VmdkChanges changes) {
    this.files = files;
    this.description = description;
    this.disk = disk;
    this.changes = changes;
  }

  /** Returns what the descriptor says. */
  Descriptor descriptor() {
    return description.descriptor();
  }

  @Override
  public long size() {
    return disk.size();
  }

  @Override
  public boolean isWritable() {
    return changes != null && disk.isWritable();
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    checkOpen();
    disk.read(offset, target);
  }

  @Override
  public ExtentCursor extents(long offset, long length) throws IOException {
    checkOpen();
    return disk.extents(offset, length);
  }

  @Override
  public Place placeOf(long offset) throws IOException {
    checkOpen();
    return disk.placeOf(offset);
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    checkOpen();
    disk.willRead(offset, length);
  }

  /** {@inheritDoc} Flat extents are such places, and grains that are not compressed. */
  @Override
  public @Nullable Range plainAt(long offset) throws IOException {
    checkOpen();
    return disk instanceof PlainBytes plain ? plain.plainAt(offset) : null;
  }

  /** {@inheritDoc} What several extents share below them counts once. */
  @Override
  public List<MissingData> missingData() {
    return disk.missingData().stream().distinct().toList();
  }

  // Writing

  /** Does what comes before a change of a range of the disk, of which nothing is changed yet. */
  private void beforeChange(long offset, long length) throws IOException {
    VmdkChanges writing = changes();
    if (!disk.isWritable()) {
      throw new UnsupportedOperationException(disk + ": not writable");
    }
    Objects.checkFromIndexSize(offset, length, disk.size());
    writing.contentId().beforeChange();
  }

  private VmdkChanges changes() throws ImageClosedException {
    checkOpen();
    VmdkChanges writing = changes;
    if (writing == null) {
      throw new UnsupportedOperationException(this + ": not opened for writing");
    }
    return writing;
  }

  /** Does what comes before the first change, with a given CID. */
  void beginChange(long cid) throws IOException {
    changes().contentId().change(cid);
  }

  @Override
  public void write(long offset, MemorySegment source) throws IOException {
    beforeChange(offset, source.byteSize());
    disk.write(offset, source);
  }

  @Override
  public long copyFrom(Range source, long offset, long length) throws IOException {
    beforeChange(offset, length);
    return disk instanceof PlainTarget target ? target.copyFrom(source, offset, length) : 0;
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    beforeChange(offset, length);
    disk.writeZeroes(offset, length);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    beforeChange(offset, length);
    disk.discard(offset, length);
  }

  @Override
  public void resize(long newSize) throws IOException {
    if (newSize < 0 || newSize % SECTOR != 0) {
      throw new IllegalArgumentException("not a whole number of sectors: " + newSize);
    }
    VmdkChanges writing = changes();
    synchronized (writing) {
      writing.contentId().beforeChange();
      // As with other formats, all is durable afterwards, even if the size is what it was.
      disk.flush();
      try {
        writing.resize().run(newSize);
      } finally {
        disk = JoinedDevice.owning(writing.resize().parts());
      }
    }
    checkOpen();
  }

  @Override
  public void flush() throws IOException {
    checkOpen();
    if (isWritable()) {
      disk.flush();
    }
  }

  @Override
  public Optional<DiskImage> backing() {
    return files.imageBelow();
  }

  @Override
  public ImageInfo info() throws IOException {
    checkOpen();
    // A first write changes the descriptor.
    return (changes == null ? description : description.now()).info();
  }

  private void checkOpen() throws ImageClosedException {
    if (closed) {
      throw new ImageClosedException(toString());
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (files) {
      disk.close();
    }
  }

  /** Returns the name that errors use. */
  @Override
  public String toString() {
    return files.image().name();
  }
}
