package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The directory of persistent dirty bitmaps. Section "Bitmaps" of the specification. An image whose
 * autoclear bit 0 is clear has none that can be believed.
 */
final class BitmapDirectory {
  private static final int EXTENSION_LENGTH = 24;
  private static final int ENTRY_LENGTH = 24;
  private static final int MAX_BITMAPS = 65535;
  private static final long MAX_DIRECTORY = 64 << 20;
  private static final int FLAGS = 12;
  private static final int MAX_NAME = 1023;

  /** All names are held in memory at once. No tool writes nearly as many. */
  private static final long MAX_NAMES = 4 << 20;

  private static final int IN_USE = 1;
  private static final int AUTO = 2;

  private static final Place NONE = new Place(0, 0, 0);

  private BitmapDirectory() {}

  /**
   * Where the directory is in the file.
   *
   * @param count how many bitmaps it has
   */
  record Place(long offset, long size, int count) {}

  /**
   * A bitmap's table of clusters.
   *
   * @param offset where it is in the file
   * @param entries how many entries of 8 bytes it has
   */
  record Table(long offset, int entries) {}

  /** Is told of each entry. */
  @FunctionalInterface
  private interface EntryVisitor {
    void entry(long position, ByteBuffer fields) throws IOException;
  }

  /**
   * Returns where the directory is; of size 0 if there is none.
   *
   * @throws CorruptImageException if it is said to be where none can be
   */
  static Place place(Storage storage, Qcow2Header header) throws IOException {
    byte[] extension = header.extensions().find(HeaderExtensions.BITMAPS).orElse(new byte[0]);
    if ((header.autoclear() & Qcow2Header.BITMAPS) == 0 || extension.length == 0) {
      return NONE;
    }
    if (extension.length != EXTENSION_LENGTH) {
      throw corrupt(storage, 0, "its header extension has " + extension.length + " bytes, not 24");
    }
    ByteBuffer fields = ByteBuffer.wrap(extension);
    int count = fields.getInt(0);
    long size = fields.getLong(8);
    long offset = fields.getLong(16);
    if (count < 1
        || count > MAX_BITMAPS
        || size < 0
        || size > MAX_DIRECTORY
        || offset < 0
        || offset >= 1L << 56
        || (offset & header.clusterSize() - 1) != 0) {
      throw corrupt(
          storage,
          offset,
          "%s bitmaps in %s bytes"
              .formatted(Integer.toUnsignedString(count), Long.toUnsignedString(size)));
    }
    return new Place(offset, size, count);
  }

  /**
   * Describes the bitmaps, each as qemu-img describes it: {@code flags}, {@code name}, {@code
   * granularity}.
   *
   * @throws CorruptImageException if the directory contradicts the specification or the file
   * @throws IOException if it cannot be read
   */
  static List<Map<String, Object>> describe(Storage storage, Qcow2Header header)
      throws IOException {
    List<Map<String, Object>> bitmaps = new ArrayList<>();
    visit(
        storage,
        place(storage, header),
        (position, entry) -> bitmaps.add(describe(storage, position, entry)));
    return bitmaps;
  }

  private static Map<String, Object> describe(Storage storage, long position, ByteBuffer entry)
      throws IOException {
    List<String> flags = new ArrayList<>();
    if ((entry.getInt(FLAGS) & IN_USE) != 0) {
      flags.add("in-use");
    }
    if ((entry.getInt(FLAGS) & AUTO) != 0) {
      flags.add("auto");
    }
    Map<String, Object> bitmap = new LinkedHashMap<>();
    bitmap.put("flags", flags);
    bitmap.put(
        "name",
        StandardCharsets.UTF_8
            .decode(
                bytes(
                    storage,
                    position + ENTRY_LENGTH + entry.getInt(20),
                    entry.getShort(18) & 0xffff))
            .toString());
    bitmap.put("granularity", 1L << entry.get(17));
    return bitmap;
  }

  /** Returns the tables of the bitmaps. */
  static List<Table> tables(Storage storage, Place place) throws IOException {
    List<Table> tables = new ArrayList<>();
    visit(
        storage,
        place,
        (position, entry) -> {
          long offset = entry.getLong(0);
          int entries = entry.getInt(8);
          if (offset < 0 || offset >= 1L << 56 || entries < 0) {
            throw corrupt(storage, place.offset(), "a bitmap's table is at no place for one");
          }
          tables.add(new Table(offset, entries));
        });
    return tables;
  }

  /**
   * Marks the bitmaps that ought to record every write as in use, which tells whoever comes later
   * not to believe them. Durable after the next barrier.
   */
  static void markInUse(Storage storage, Qcow2Header header) throws IOException {
    visit(
        storage,
        place(storage, header),
        (position, entry) -> {
          int flags = entry.getInt(FLAGS);
          if ((flags & (AUTO | IN_USE)) == AUTO) {
            byte[] changed = ByteBuffer.allocate(4).putInt(flags | IN_USE).array();
            storage.write(position + FLAGS, MemorySegment.ofArray(changed));
          }
        });
  }

  private static void visit(Storage storage, Place place, EntryVisitor visitor) throws IOException {
    long at = place.offset();
    long end = place.offset() + place.size();
    long names = 0;
    try {
      for (int i = 0; i < place.count(); i++) {
        ByteBuffer entry = bytes(storage, at, ENTRY_LENGTH);
        int granularityBits = entry.get(17);
        int nameLength = entry.getShort(18) & 0xffff;
        long extraLength = entry.getInt(20);
        long next = (at + ENTRY_LENGTH + nameLength + extraLength + 7) & -8;
        names += nameLength;
        if (granularityBits < 0
            || granularityBits > 63
            || extraLength < 0
            || nameLength > MAX_NAME
            || names > MAX_NAMES
            || next > end) {
          throw corrupt(storage, place.offset(), "entry " + i + " does not fit, or makes no sense");
        }
        visitor.entry(at, entry);
        at = next;
      }
    } catch (EOFException e) {
      throw new CorruptImageException(
          storage.name(), "bitmap directory", place.offset(), "is cut short by the file's end", e);
    }
  }

  private static ByteBuffer bytes(Storage storage, long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    storage.read(position, MemorySegment.ofArray(bytes));
    return ByteBuffer.wrap(bytes);
  }

  private static CorruptImageException corrupt(Storage storage, long offset, String problem) {
    return new CorruptImageException(storage.name(), "bitmap directory", offset, problem);
  }
}
