package io.diskformat.vdi;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The block map of an image, and its blocks, as they are in the file: for maintenance, which has
 * the file to itself. Not for use by several threads.
 *
 * <p>An index is the number of a block in the file, an entry what the map has for a block of the
 * disk: an index, or {@link #FREE} or {@link #ZERO}.
 */
final class BlockTable {
  /** The entry of a block that is not stored. */
  static final int FREE = (int) BlockMap.FREE;

  /** The entry of a block that reads as zeroes. */
  static final int ZERO = (int) BlockMap.ZERO;

  private static final ValueLayout.OfInt LITTLE_ENDIAN_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int ENTRY = 4;
  private static final int CHUNK = 1 << 16;

  /** A petabyte of blocks of the usual size. */
  private static final int MOST_COUNTABLE = 1 << 30;

  /** Is told the entries of a map. */
  @FunctionalInterface
  interface Visitor {
    void visit(long block, int entry) throws IOException;
  }

  private final Storage storage;
  private final VdiHeader header;
  private final HeaderFields fields;
  private final MemorySegment word = MemorySegment.ofArray(new byte[ENTRY]);

  BlockTable(Storage storage, VdiHeader header) {
    this.storage = storage;
    this.header = header;
    this.fields = new HeaderFields(storage, header);
  }

  Storage storage() {
    return storage;
  }

  VdiHeader header() {
    return header;
  }

  /** Returns what changes fields of the header, though not {@link #header()}. */
  HeaderFields fields() {
    return fields;
  }

  static boolean isIndex(int entry) {
    return entry != FREE && entry != ZERO;
  }

  // The map

  /** Tells all entries, in order. A visitor may change those that it was told. */
  void visit(Visitor visitor) throws IOException {
    byte[] bytes = new byte[(int) Math.min(CHUNK, header.blocks() * ENTRY)];
    MemorySegment chunk = MemorySegment.ofArray(bytes);
    for (long block = 0; block < header.blocks(); ) {
      int count = (int) Math.min(CHUNK / ENTRY, header.blocks() - block);
      storage.read(entryPosition(block), chunk.asSlice(0, (long) count * ENTRY));
      for (int i = 0; i < count; i++) {
        visitor.visit(block + i, chunk.get(LITTLE_ENDIAN_INT, (long) i * ENTRY));
      }
      block += count;
    }
  }

  /** Returns where a block's entry is in the file, in bytes. */
  long entryPosition(long block) {
    return header.mapOffset() + block * ENTRY;
  }

  void write(long block, int entry) throws IOException {
    word.set(LITTLE_ENDIAN_INT, 0, entry);
    storage.write(entryPosition(block), word);
  }

  // The blocks

  /** Returns where a block begins in the file, with what is before its data. */
  long position(long index) {
    return header.dataOffset() + index * header.stride();
  }

  /** Returns how many blocks begin within the file. */
  long inFile() throws IOException {
    return Math.ceilDiv(Math.max(storage.size() - header.dataOffset(), 0), header.stride());
  }

  /**
   * Returns how many blocks begin within the file, for those who keep a bit for each.
   *
   * @throws UnsupportedFeatureException if that takes more memory than can be justified
   */
  int countable() throws IOException {
    long count = inFile();
    if (count > MOST_COUNTABLE) {
      throw new UnsupportedFeatureException(
          storage.name(), "maintenance of an image with room for " + count + " blocks");
    }
    return (int) count;
  }

  /** Returns where what the disk shows of a block ends in the file. */
  long dataEnd(long block, long index) {
    return position(index) + header.blockExtra() + shown(block);
  }

  /** Returns how many bytes of a block are within the disk. */
  long shown(long block) {
    return Math.clamp(header.size() - block * header.blockSize(), 0, header.blockSize());
  }

  /** Copies a whole block, with what is before its data, to another place in the file. */
  void copy(long index, long target) throws IOException {
    BlockMover.copy(storage, position(index), position(target), header.stride());
  }
}
