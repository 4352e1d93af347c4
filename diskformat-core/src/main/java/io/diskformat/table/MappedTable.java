package io.diskformat.table;

import io.diskformat.CorruptImageException;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The read access of lookups to the tables of one kind of an image: to the mapped file or, if the
 * image is writable, to {@link MetadataPages}. An entry beyond the end of the file is a corruption
 * of the image.
 *
 * <p>There is one method for each kind of entry rather than one for all, so that the JIT compiler
 * reduces a lookup of a mapped entry to a comparison and a load, whatever other formats are in use.
 *
 * <p>Safe for use by many threads at once. Lookups are unfenced: the caller keeps {@link
 * io.diskformat.storage.Faults}' protocol.
 */
public final class MappedTable {
  private final Storage storage;
  private final @Nullable MetadataPages pages;
  private final String structure;

  /**
   * The mapped bytes of an image that is only read; empty if it is writable. Kept, because the
   * storage's own segment may change, so that each lookup would have to load it anew.
   */
  private final MemorySegment mapped;

  /**
   * Creates the access to the tables of an image.
   *
   * @param storage the file
   * @param pages the pages in which tables are changed, or null if the image is only read
   * @param structure the name of an entry of such a table in error messages
   */
  public MappedTable(Storage storage, @Nullable MetadataPages pages, String structure) {
    this.storage = storage;
    this.pages = pages;
    this.structure = structure;
    this.mapped = pages == null ? storage.mapped() : MemorySegment.NULL;
  }

  /**
   * Returns the big-endian 64-bit entry at a position of the file.
   *
   * @param position in bytes
   * @throws CorruptImageException if it is beyond the end of the file
   * @throws IOException if the entry cannot be read
   */
  public long bigEndianLong(long position) throws IOException {
    MemorySegment segment = mapped;
    return position <= segment.byteSize() - Long.BYTES
        ? segment.get(Word.BIG_ENDIAN_LONG, position)
        : elsewhere(position, Word.BIG_ENDIAN_64);
  }

  /** Returns the number of leading bytes of the file that are mapped and will not change. */
  public long mappedSize() {
    return mapped.byteSize();
  }

  /** Returns the big-endian 64-bit entry at a position below {@link #mappedSize()}. */
  public long mappedBigEndianLong(long position) {
    return mapped.get(Word.BIG_ENDIAN_LONG, position);
  }

  /**
   * Returns the unsigned little-endian 32-bit entry at a position of the file.
   *
   * @param position in bytes
   * @throws CorruptImageException if it is beyond the end of the file
   * @throws IOException if the entry cannot be read
   */
  public long littleEndianInt(long position) throws IOException {
    MemorySegment segment = mapped;
    return position <= segment.byteSize() - Integer.BYTES
        ? Integer.toUnsignedLong(segment.get(Word.LITTLE_ENDIAN_INT, position))
        : elsewhere(position, Word.LITTLE_ENDIAN_32);
  }

  /**
   * Returns the little-endian 64-bit entry at a position of the file.
   *
   * @param position in bytes
   * @throws CorruptImageException if it is beyond the end of the file
   * @throws IOException if the entry cannot be read
   */
  public long littleEndianLong(long position) throws IOException {
    MemorySegment segment = mapped;
    return position <= segment.byteSize() - Long.BYTES
        ? segment.get(Word.LITTLE_ENDIAN_LONG, position)
        : elsewhere(position, Word.LITTLE_ENDIAN_64);
  }

  /** Returns an entry that may have been changed, or is not mapped. */
  private long elsewhere(long position, Word word) throws IOException {
    try {
      return pages == null ? word.read(storage, position) : pages.read(position);
    } catch (EOFException e) {
      throw new CorruptImageException(
          storage.name(),
          structure,
          position,
          "is beyond the end of the file, which has "
              + storage.size()
              + " bytes: was it cut short?",
          e);
    }
  }
}
