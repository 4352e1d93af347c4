package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.Extent;
import io.diskformat.Extent.Kind;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.ReadingDevice;
import io.diskformat.filesystem.ByteRange;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;

/**
 * A volume as it is once what is in its journal was written to where it belongs. Nothing is
 * written: such blocks are read from the journal. Thread-safe.
 */
final class ReplayedDevice extends ReadingDevice {
  /** What blocks of a journal that describe others begin with. */
  static final int MAGIC = 0xC03B3998;

  private static final long DAMAGED = 1L << 63;
  private static final long ESCAPED = 1L << 62;
  private static final long POSITION = ESCAPED - 1;
  private static final ValueLayout.OfInt BIG =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final BlockDevice device;
  private final int blockSize;
  private final long[] blocks;
  private final long[] places;

  /**
   * Creates a device.
   *
   * @param device what is stored
   * @param replaced blocks, and where each is in bytes: as it is, or as {@link #escaped} or {@link
   *     #damaged} say
   */
  ReplayedDevice(BlockDevice device, int blockSize, SortedMap<Long, Long> replaced) {
    super(device.toString(), device.size());
    this.device = device;
    this.blockSize = blockSize;
    this.blocks = replaced.keySet().stream().mapToLong(Long::longValue).toArray();
    this.places = replaced.values().stream().mapToLong(Long::longValue).toArray();
  }

  /** Returns the place of a block whose first four bytes are not as they are stored. */
  static long escaped(long position) {
    return position | ESCAPED;
  }

  /** Returns the place of a block with a wrong checksum. */
  static long damaged(long position) {
    return position | DAMAGED;
  }

  /**
   * A part of the device that is in one piece.
   *
   * @param place of its first byte
   * @param within how many bytes of a replaced block are before it; -1 if it is not replaced
   */
  private record Piece(long place, long length, int within) {}

  private Piece piece(long offset, long end) throws CorruptImageException {
    long block = offset / blockSize;
    int found = Arrays.binarySearch(blocks, block);
    if (found >= 0) {
      int within = (int) (offset % blockSize);
      long place = places[found];
      if ((place & DAMAGED) != 0) {
        throw new CorruptImageException(
            toString(),
            "journal",
            place & POSITION,
            "what it has of block " + block + " has a wrong checksum");
      }
      return new Piece(place + within, Math.min(end - offset, blockSize - within), within);
    }
    int next = -found - 1;
    long until = next == blocks.length ? end : Math.min(end, blocks[next] * blockSize);
    return new Piece(offset, until - offset, -1);
  }

  private static boolean isEscaped(Piece piece) {
    return piece.within() >= 0 && piece.within() < Integer.BYTES && (piece.place() & ESCAPED) != 0;
  }

  private static long position(Piece piece) {
    return piece.place() & POSITION;
  }

  @Override
  protected void readRange(long offset, MemorySegment target) throws IOException {
    long end = offset + target.byteSize();
    for (long at = offset; at < end; ) {
      Piece piece = piece(at, end);
      MemorySegment part = target.asSlice(at - offset, piece.length());
      device.read(position(piece), part);
      if (isEscaped(piece)) {
        restore(part, piece.within());
      }
      at += piece.length();
    }
  }

  private static void restore(MemorySegment part, int within) {
    MemorySegment mark = MemorySegment.ofArray(new byte[Integer.BYTES]);
    mark.set(BIG, 0, MAGIC);
    long length = Math.min(Integer.BYTES - within, part.byteSize());
    MemorySegment.copy(mark, within, part, 0, length);
  }

  @Override
  protected Extent extentAt(long offset, long end) throws IOException {
    Piece piece = piece(offset, end);
    if (isEscaped(piece)) {
      return new Extent(offset, piece.length(), Kind.DATA, false, false, 0, -1, null);
    }
    return extentOf(device, position(piece), piece.length(), offset);
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    super.willRead(offset, length);
    device.willRead(offset, length);
  }

  /**
   * Adds where bytes of this device are on the one that stores them.
   *
   * @throws UnsupportedFeatureException if they are nowhere as they are
   */
  void addRanges(long offset, long length, List<ByteRange> into) throws IOException {
    long end = offset + length;
    for (long at = offset; at < end; ) {
      Piece piece = piece(at, end);
      if (isEscaped(piece)) {
        throw new UnsupportedFeatureException(
            toString(), "the place of a block that a journal has changed");
      }
      into.add(new ByteRange(position(piece), piece.length()));
      at += piece.length();
    }
  }
}
