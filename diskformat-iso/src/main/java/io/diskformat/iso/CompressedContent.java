package io.diskformat.iso;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.Extent;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.ReadingDevice;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The content of a file that zisofs has compressed: blocks that are found by pointers, so that each
 * can be read by itself. A block whose pointer is the next one's, too, is of zeroes.
 *
 * <pre>
 * zisofs                                       zisofs2
 *  0  8  37 E4 53 96 C9 DB D6 07                0  8  EF 22 55 A1 BC 1B 95 A0
 *  8  4  size when decompressed                 8  1  version, 0
 * 12  1  header in units of 4 bytes: 4          9  1  header in units of 4 bytes: 6
 * 13  1  binary logarithm of the block size    10  1  algorithm: 1 zlib, 2 xz, 3 lz4, 4 zstd, 5 bzip2
 * 14  2  0                                     11  1  binary logarithm of the block size
 *                                              12  8  size when decompressed; 20 4 0
 * then a pointer for each block, and one to the end: of 4 bytes, or of 8
 * </pre>
 *
 * <p>Nothing is made as long as the size says: a block is 1 MiB at most, and the pointers have to
 * be there. One block is kept, as readers ask for pieces of it.
 */
final class CompressedContent extends ReadingDevice {
  private static final long MAGIC = 0x07d6dbc99653e437L;
  private static final long MAGIC_2 = 0xa0951bbca15522efL;
  private static final int LONGEST_HEADER = 24;
  private static final int ZLIB = 1;
  private static final int LEAST_BLOCK_BITS = 15;
  private static final String STRUCTURE = "zisofs file";

  private final BlockDevice stored;
  private final long position;
  private final int header;
  private final int pointerSize;
  private final int blockBits;
  private volatile @Nullable Block kept;

  private record Block(long index, ByteBuffer bytes) {}

  private CompressedContent(
      BlockDevice stored, long position, int header, int pointerSize, int blockBits, long size) {
    super(stored.toString(), size);
    this.stored = stored;
    this.position = position;
    this.header = header;
    this.pointerSize = pointerSize;
    this.blockBits = blockBits;
  }

  /**
   * Opens a file.
   *
   * @param stored the file as it is stored
   * @param position where that begins, for errors
   * @param entry what the file's record says
   * @throws CorruptImageException if the file says something else, or is too short
   */
  static CompressedContent of(
      DeviceBytes disc, BlockDevice stored, long position, Compression entry) throws IOException {
    boolean first = entry.version() == 1;
    int header = first ? 16 : LONGEST_HEADER;
    int pointerSize = first ? Integer.BYTES : Long.BYTES;
    int mostBits = first ? 17 : 20;
    if (entry.blockBits() < LEAST_BLOCK_BITS || entry.blockBits() > mostBits) {
      throw disc.corrupt(
          STRUCTURE,
          position,
          "zisofs blocks of 2 to the power of " + entry.blockBits() + " bytes");
    }
    if (stored.size() < header) {
      throw disc.corrupt(STRUCTURE, position, "is shorter than its header, of zisofs");
    }
    ByteBuffer bytes = ByteBuffer.allocate(header).order(ByteOrder.LITTLE_ENDIAN);
    stored.read(0, bytes.array());
    if (bytes.getLong(0) != (first ? MAGIC : MAGIC_2)) {
      throw disc.corrupt(STRUCTURE, position, "does not begin as zisofs does");
    }
    if (!first && bytes.get(10) != ZLIB) {
      throw new UnsupportedFeatureException(
          disc.name(), "zisofs2 by algorithm " + Byte.toUnsignedInt(bytes.get(10)));
    }
    long size = first ? Integer.toUnsignedLong(bytes.getInt(8)) : bytes.getLong(12);
    int recorded = 4 * Byte.toUnsignedInt(bytes.get(first ? 12 : 9));
    int blockBits = bytes.get(first ? 13 : 11);
    if (size != entry.size() || recorded != header || blockBits != entry.blockBits()) {
      throw disc.corrupt(
          STRUCTURE, position, "has a header of zisofs that says something else than its record");
    }
    long blocks = (size >>> blockBits) + ((size & (1L << blockBits) - 1) == 0 ? 0 : 1);
    if (blocks >= (stored.size() - header) / pointerSize) {
      throw disc.corrupt(
          STRUCTURE, position, "has no room for the pointers to " + blocks + " blocks of zisofs");
    }
    return new CompressedContent(stored, position, header, pointerSize, blockBits, size);
  }

  private CorruptImageException corrupt(String problem) {
    return new CorruptImageException(toString(), STRUCTURE, position, problem);
  }

  @Override
  protected void readRange(long offset, MemorySegment target) throws IOException {
    try (Inflater inflater = new Inflater()) {
      for (long done = 0; done < target.byteSize(); ) {
        long index = (offset + done) >>> blockBits;
        int from = (int) (offset + done - (index << blockBits));
        byte[] block = block(index, inflater);
        int length = (int) Math.min(block.length - from, target.byteSize() - done);
        MemorySegment.copy(MemorySegment.ofArray(block), from, target, done, length);
        done += length;
      }
    }
  }

  private byte[] block(long index, Inflater inflater) throws IOException {
    Block block = kept;
    if (block == null || block.index() != index) {
      block = new Block(index, ByteBuffer.wrap(decompressed(index, inflater)));
      kept = block;
    }
    return block.bytes().array();
  }

  private int lengthOf(long index) {
    return (int) Math.min(1L << blockBits, size() - (index << blockBits));
  }

  /** Returns where a block begins in the file as it is stored, and where it ends. */
  private long[] pointers(long index) throws IOException {
    ByteBuffer both = ByteBuffer.allocate(2 * pointerSize).order(ByteOrder.LITTLE_ENDIAN);
    stored.read(header + index * pointerSize, both.array());
    boolean small = pointerSize == Integer.BYTES;
    long start = small ? Integer.toUnsignedLong(both.getInt(0)) : both.getLong(0);
    long end = small ? Integer.toUnsignedLong(both.getInt(4)) : both.getLong(8);
    if (start < header || end < start || end > stored.size()) {
      throw corrupt(
          "block " + index + " of zisofs is at " + start + " to " + end + " of " + stored.size());
    }
    return new long[] {start, end};
  }

  private byte[] decompressed(long index, Inflater inflater) throws IOException {
    byte[] block = new byte[lengthOf(index)];
    long[] pointers = pointers(index);
    long length = pointers[1] - pointers[0];
    if (length == 0) {
      return block;
    }
    // A stream of zlib is at most a little longer than what it holds.
    if (length > (2L << blockBits)) {
      throw corrupt("block " + index + " of zisofs is " + length + " bytes long when compressed");
    }
    byte[] compressed = new byte[(int) length];
    stored.read(pointers[0], compressed);
    inflater.reset();
    inflater.setInput(compressed);
    try {
      int done = 0;
      while (done < block.length && !inflater.finished()) {
        int more = inflater.inflate(block, done, block.length - done);
        if (more == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          break;
        }
        done += more;
      }
      if (done < block.length) {
        throw corrupt("block " + index + " of zisofs ends after " + done + " bytes");
      }
      if (!inflater.finished() && inflater.inflate(new byte[1]) > 0) {
        throw corrupt("block " + index + " of zisofs is longer than " + block.length + " bytes");
      }
    } catch (DataFormatException e) {
      throw corrupt("block " + index + " of zisofs is no zlib stream: " + e.getMessage());
    }
    return block;
  }

  @Override
  protected Extent extentAt(long offset, long end) throws IOException {
    long index = offset >>> blockBits;
    long[] pointers = pointers(index);
    boolean zeroes = pointers[0] == pointers[1];
    long until = Math.min(end, (index + 1) << blockBits);
    return new Extent(offset, until - offset, Extent.Kind.DATA, zeroes, !zeroes, 0, -1, null);
  }
}
