package io.diskformat.vdi;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import io.diskformat.table.Word;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The block map of an image, and its blocks, as they are in the file: for maintenance, which has
 * the file to itself. Not thread-safe.
 *
 * <p>An index is the number of a block in the file, an entry what the map has for a block of the
 * disk, as {@link BlockMap} draws it.
 */
final class BlockTable {
  private static final ValueLayout.OfInt LITTLE_ENDIAN_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int ENTRY = 1 << BlockMap.ENTRY_BITS;

  /** The size of the pieces in which the map is read, in bytes. */
  private static final int CHUNK = 1 << 16;

  /** Receives the entries of a map. */
  @FunctionalInterface
  interface Visitor {
    void visit(long block, long entry) throws IOException;
  }

  private final Storage storage;
  private final VdiHeader header;
  private final HeaderFields fields;

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

  /**
   * Returns the fields of the header in the file; changing them does not change {@link #header()}.
   */
  HeaderFields fields() {
    return fields;
  }

  // The map

  /** Visits all entries, in order. A visitor may change those that it has seen. */
  void visit(Visitor visitor) throws IOException {
    byte[] bytes = new byte[(int) Math.min(CHUNK, header.blocks() * ENTRY)];
    MemorySegment chunk = MemorySegment.ofArray(bytes);
    for (long block = 0; block < header.blocks(); ) {
      int count = (int) Math.min(CHUNK / ENTRY, header.blocks() - block);
      storage.read(entryPosition(block), chunk.asSlice(0, (long) count * ENTRY));
      for (int i = 0; i < count; i++) {
        int entry = chunk.get(LITTLE_ENDIAN_INT, (long) i * ENTRY);
        visitor.visit(block + i, Integer.toUnsignedLong(entry));
      }
      block += count;
    }
  }

  /** Returns where a block's entry is in the file, in bytes. */
  long entryPosition(long block) {
    return header.mapPosition() + block * ENTRY;
  }

  void write(long block, long entry) throws IOException {
    Word.LITTLE_ENDIAN_32.write(storage, entryPosition(block), entry);
  }

  // The blocks

  /** Returns where a block begins in the file, with what is before its data. */
  long position(long index) {
    return header.dataPosition() + index * header.stride();
  }

  /** Returns how many blocks begin within the file. */
  long inFile() throws IOException {
    return Math.ceilDiv(Math.max(storage.size() - header.dataPosition(), 0), header.stride());
  }

  /**
   * Returns how many blocks begin within the file, for callers that keep a bit for each.
   *
   * @throws UnsupportedFeatureException if there are more than {@link
   *     BlockAllocator#MOST_COUNTABLE}
   */
  int countable() throws IOException {
    long count = inFile();
    if (count > BlockAllocator.MOST_COUNTABLE) {
      throw new UnsupportedFeatureException(
          storage.name(), "maintenance of an image with room for " + count + " blocks");
    }
    return (int) count;
  }

  /** Returns the position at which the part of a block ends that is within the disk. */
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
