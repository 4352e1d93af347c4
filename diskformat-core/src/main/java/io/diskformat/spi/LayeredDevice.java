package io.diskformat.spi;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The engine that all mapped formats share: a {@link GuestMap} says where the bytes are, this moves
 * them. One layer of a chain: what the map does not record is read from the device below.
 *
 * <p>A read of stored data makes no object and takes no lock. Where a stored unit runs past the end
 * of its file, the rest reads as zeroes, as in QEMU; where it begins there, the image was cut
 * short, and that is told.
 */
public class LayeredDevice implements BlockDevice {
  private final String name;
  private final long size;
  private final GuestMap map;
  private final long unitMask;
  private final Storage data;
  private final @Nullable BlockDevice below;
  private final UnitCache decompressed;
  private final ReadAhead readAhead = new ReadAhead();
  private volatile boolean closed;

  /**
   * Creates a device.
   *
   * @param name by which errors call it
   * @param size of the disk, in bytes
   * @param map where its bytes are
   * @param data what the map's positions are positions in; not closed with this device
   * @param below read where the map records nothing, zeroes being read beyond its end; null for
   *     zeroes; not closed with this device
   */
  public LayeredDevice(
      String name, long size, GuestMap map, Storage data, @Nullable BlockDevice below) {
    this.name = name;
    this.size = size;
    this.map = map;
    this.unitMask = map.unit() - 1;
    this.data = data;
    this.below = below;
    this.decompressed = new UnitCache(map.compressedUnit());
  }

  @Override
  public final long size() {
    return size;
  }

  @Override
  public boolean isWritable() {
    return false;
  }

  // Reading

  @Override
  public final void read(long offset, MemorySegment target) throws IOException {
    long length = target.byteSize();
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    try {
      try {
        copyOut(offset, target, length);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw failure(e, "reading the disk at " + offset);
    }
    long ahead = readAhead.note(offset, length);
    if (ahead != 0) {
      fetch(offset + length, Math.min(ahead, size - offset - length));
    }
  }

  private IOException failure(Throwable failure, String what) {
    // What the map reads from need not be what the data is read from, but is closed with it.
    return closed && failure instanceof IllegalStateException
        ? new ImageClosedException(name)
        : Faults.translate(failure, data, what);
  }

  private void fetch(long offset, long length) {
    try {
      willRead(offset, length);
    } catch (IOException e) {
      // Nobody asked for these bytes yet; whoever does is told.
    }
  }

  private void copyOut(long offset, MemorySegment target, long length) throws IOException {
    long done = 0;
    long location = length == 0 ? 0 : map.locate(offset);
    while (done < length) {
      int kind = Location.kind(location);
      long run = Math.min(unitMask + 1 - (offset + done & unitMask), length - done);
      if (kind == Location.DATA) {
        // Units that are stored one after the other are copied as one.
        long next = 0;
        while (done + run < length && (next = map.locate(offset + done + run)) == location + run) {
          run += Math.min(unitMask + 1, length - done - run);
        }
        copyData(offset + done, Location.position(location), target, done, run);
        location = next;
      } else {
        if (kind == Location.COMPRESSED) {
          run = copyDecompressed(offset + done, location, target, done, length - done);
        } else if (kind == Location.HOLE || kind == Location.RESERVED_HOLE) {
          if (kind == Location.HOLE) {
            run = Math.min(map.holeLength(offset + done), length - done);
          }
          copyBelow(offset + done, target.asSlice(done, run));
        } else {
          target.asSlice(done, run).fill((byte) 0);
        }
        location = done + run < length ? map.locate(offset + done + run) : 0;
      }
      done += run;
    }
  }

  private void copyData(
      long offset, long position, MemorySegment target, long targetOffset, long length)
      throws IOException {
    MemorySegment mapped = data.mapped();
    if (position <= mapped.byteSize() - length) {
      MemorySegment.copy(mapped, position, target, targetOffset, length);
    } else {
      copyUnmappedData(offset, position, target, targetOffset, length);
    }
  }

  private void copyUnmappedData(
      long offset, long position, MemorySegment target, long targetOffset, long length)
      throws IOException {
    long fileSize = data.size();
    // Units are judged whole, so that it does not matter in which pieces they are read.
    long lastUnit = position + length - 1 - (offset + length - 1 & unitMask);
    if (lastUnit >= fileSize) {
      throw new CorruptImageException(
          name,
          "data",
          lastUnit,
          "is beyond the end of the file, which has " + fileSize + " bytes: was it cut short?");
    }
    long available = Math.clamp(fileSize - position, 0, length);
    if (available > 0) {
      data.readUnfenced(position, target, targetOffset, available);
    }
    target.asSlice(targetOffset + available, length - available).fill((byte) 0);
  }

  private long copyDecompressed(
      long offset, long location, MemorySegment target, long targetOffset, long length)
      throws IOException {
    byte[] unit = decompressed.get(location);
    if (unit == null) {
      unit = new byte[(int) map.compressedUnit()];
      map.decompress(offset, unit);
      decompressed.put(location, unit);
    }
    long from = offset & unit.length - 1;
    long run = Math.min(unit.length - from, length);
    MemorySegment.copy(MemorySegment.ofArray(unit), from, target, targetOffset, run);
    return run;
  }

  private void copyBelow(long offset, MemorySegment target) throws IOException {
    long available = below == null ? 0 : Math.clamp(below.size() - offset, 0, target.byteSize());
    if (below != null && available > 0) {
      below.read(offset, target.asSlice(0, available));
    }
    target.asSlice(available).fill((byte) 0);
  }

  @Override
  public final void willRead(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    ExtentCursor cursor = extentsOfThisLayer(offset, length, false);
    for (Extent extent; (extent = cursor.next()) != null; ) {
      if (extent.hostOffset() >= 0 && extent.kind() == Extent.Kind.DATA) {
        data.willRead(extent.hostOffset(), extent.length());
      } else if (extent.kind() == Extent.Kind.HOLE && below != null) {
        long available = Math.min(below.size() - extent.offset(), extent.length());
        if (available > 0) {
          below.willRead(extent.offset(), available);
        }
      }
    }
  }

  // Extents

  @Override
  public final ExtentCursor extents(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    ExtentCursor here = extentsOfThisLayer(offset, length, map.expectsHostHoles());
    return below == null ? here : new ExtentMerger(new ChainCursor(here, below));
  }

  private ExtentCursor extentsOfThisLayer(long offset, long length, boolean askHost) {
    ExtentCursor runs = new ExtentMerger(new UnitCursor(offset, offset + length));
    return askHost ? new ExtentMerger(new HostHoleCursor(runs, data)) : runs;
  }

  /** Yields a unit's worth at a time of what the map records. */
  private final class UnitCursor implements ExtentCursor {
    private final long end;
    private long at;

    UnitCursor(long start, long end) {
      this.at = start;
      this.end = end;
    }

    @Override
    public @Nullable Extent next() throws IOException {
      if (at >= end) {
        return null;
      }
      checkOpen();
      Extent extent;
      try {
        try {
          extent = locate(at);
        } finally {
          Faults.fence();
        }
      } catch (InternalError | IllegalStateException e) {
        throw failure(e, "looking up the disk at " + at);
      }
      at = extent.end();
      return extent;
    }

    private Extent locate(long offset) throws IOException {
      long location = map.locate(offset);
      int kind = Location.kind(location);
      long run =
          switch (kind) {
            case Location.HOLE -> map.holeLength(offset);
            case Location.COMPRESSED -> map.compressedUnit() - (offset & map.compressedUnit() - 1);
            default -> map.unit() - (offset & unitMask);
          };
      boolean placed = Location.hasPosition(kind);
      return new Extent(
          offset,
          Math.min(run, end - offset),
          switch (kind) {
            case Location.HOLE, Location.RESERVED_HOLE -> Extent.Kind.HOLE;
            case Location.ZERO, Location.RESERVED_ZERO -> Extent.Kind.ZERO;
            default -> Extent.Kind.DATA;
          },
          kind != Location.DATA && kind != Location.COMPRESSED,
          kind == Location.COMPRESSED,
          0,
          placed ? Location.position(location) : -1,
          placed ? data.name() : null);
    }
  }

  // Writing

  @Override
  public void write(long offset, MemorySegment source) throws IOException {
    throw notWritable();
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    throw notWritable();
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    throw notWritable();
  }

  @Override
  public void flush() throws IOException {
    checkOpen();
  }

  private UnsupportedOperationException notWritable() throws ImageClosedException {
    checkOpen();
    return new UnsupportedOperationException(name + ": not opened for writing");
  }

  // Closing

  /** Throws if this device is closed. */
  protected final void checkOpen() throws ImageClosedException {
    if (closed) {
      throw new ImageClosedException(name);
    }
  }

  /** Returns whether this device is closed. */
  protected final boolean isClosed() {
    return closed;
  }

  /** {@inheritDoc} Subclasses that own what they read from override this, and call it first. */
  @Override
  public void close() throws IOException {
    closed = true;
  }

  /** Returns the name by which errors call this device. */
  @Override
  public final String toString() {
    return name;
  }

  /** Returns the exception that names a feature this library does not support. */
  protected final UnsupportedFeatureException unsupported(String feature) {
    return new UnsupportedFeatureException(name, feature);
  }
}
