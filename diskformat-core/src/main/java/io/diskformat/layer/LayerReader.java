package io.diskformat.layer;

import io.diskformat.BlockDevice;
import io.diskformat.ImageClosedException;
import io.diskformat.MissingData;
import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bytes of a layer: from where a {@link GuestMap} says that they are stored, or from the
 * device below. It holds the size of the disk and whether it is closed, because every read checks
 * both.
 *
 * <p>A read of stored data allocates no object and takes no lock. Where a stored unit crosses the
 * end of its file, the rest reads as zeroes, as in QEMU; where it begins at or after the end, the
 * image was cut short, which is an error.
 */
final class LayerReader {
  /**
   * The length from which on a read is taken for one of many, of data that is read once, in bytes.
   */
  private static final long LARGE = 256 << 10;

  private final String name;
  private final GuestMap map;
  private final long unitMask;
  private final Storage data;
  private final @Nullable BlockDevice below;
  private final EndOfData endOfData;
  private final UnitCache decompressed;
  private volatile long size;
  private volatile boolean closed;

  /**
   * Creates a reader.
   *
   * @param name the name of the image in error messages
   * @param size the size of the disk, in bytes
   * @param map where its bytes are stored
   * @param data the storage that the map's positions belong to
   * @param below read where the map records nothing; null for zeroes
   */
  LayerReader(String name, long size, GuestMap map, Storage data, @Nullable BlockDevice below) {
    this.name = name;
    this.size = size;
    this.map = map;
    this.unitMask = map.unit() - 1;
    this.data = data;
    this.below = below;
    this.endOfData = new EndOfData(name, data, unitMask);
    this.decompressed = new UnitCache(map.compressedUnit());
  }

  // The disk

  /** Returns the name used in error messages. */
  String name() {
    return name;
  }

  /** Returns the size of the disk in bytes. */
  long size() {
    return size;
  }

  /** Sets the size of the disk, in bytes. */
  void resized(long newSize) {
    size = newSize;
  }

  /** Closes the disk: from now on every read throws. */
  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  /** Throws if the disk is closed. */
  void checkOpen() throws ImageClosedException {
    if (closed) {
      throw new ImageClosedException(name);
    }
  }

  /** Returns the exception to throw for a failure within {@link Faults}' protocol. */
  IOException failure(Throwable failure, String what) {
    // The map's file and the data's file may differ, but are closed together.
    return closed && failure instanceof IllegalStateException
        ? new ImageClosedException(name)
        : Faults.translate(failure, data, what);
  }

  /** Returns the missing data that was read so far, of this layer and of the device below. */
  List<MissingData> missingData() {
    List<MissingData> missing = endOfData.missing();
    return below == null
        ? missing
        : Stream.concat(missing.stream(), below.missingData().stream()).toList();
  }

  // Reading

  /**
   * Fills the first {@code length} bytes of {@code target}, as the tables say at this moment.
   *
   * @param epoch the writer's epoch before this call
   */
  void read(long offset, MemorySegment target, long length, long epoch) throws IOException {
    try {
      try {
        copyOut(offset, target, length, epoch);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw failure(e, "reading the disk at " + offset);
    }
  }

  /** As {@link #read}, for callers that keep {@link Faults}' protocol themselves. */
  void copyOut(long offset, MemorySegment target, long length, long epoch) throws IOException {
    long done = 0;
    long location = length == 0 ? 0 : map.locate(offset);
    while (done < length) {
      int kind = Location.kind(location);
      long run = Math.min(unitMask + 1 - (offset + done & unitMask), length - done);
      if (kind == Location.DATA) {
        // Units that are stored one after the other are copied at once.
        long next = 0;
        while (done + run < length && (next = map.locate(offset + done + run)) == location + run) {
          run += Math.min(unitMask + 1, length - done - run);
        }
        copyData(offset + done, Location.position(location), target, done, run);
        location = next;
      } else {
        if (kind == Location.COMPRESSED) {
          run = copyDecompressed(offset + done, location, epoch, target, done, length);
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
    if (!data.readMapped(position, target, targetOffset, length)) {
      endOfData.copyOut(offset, position, target, targetOffset, length);
    }
  }

  /**
   * Copies from one compressed unit, and returns the number of bytes. A stream that was read at
   * another epoch may belong to another unit; so the result is cached under the epoch from before
   * the location was looked up. Whole units of a large read are not cached.
   *
   * @param length the length of the whole read to {@code target}, in bytes
   */
  private long copyDecompressed(
      long offset, long location, long epoch, MemorySegment target, long targetOffset, long length)
      throws IOException {
    long unit = map.compressedUnit();
    if (length >= LARGE
        && (offset & unit - 1) == 0
        && unit <= length - targetOffset
        && takesBytes(target)) {
      decompressed.copyWhole(map, location, epoch, target.asSlice(targetOffset, unit));
      return unit;
    }
    return decompressed.copy(
        map, location, epoch, offset, target, targetOffset, length - targetOffset);
  }

  /** Returns whether a decompressor can write to a segment directly. */
  private static boolean takesBytes(MemorySegment target) {
    boolean plain =
        target.isNative() ? !target.isMapped() : target.heapBase().orElse(null) instanceof byte[];
    return plain && !target.isReadOnly();
  }

  private void copyBelow(long offset, MemorySegment target) throws IOException {
    long available = below == null ? 0 : Math.clamp(below.size() - offset, 0, target.byteSize());
    if (below != null && available > 0) {
      below.read(offset, target.asSlice(0, available));
    }
    target.asSlice(available).fill((byte) 0);
  }
}
