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
 * The directory of persistent dirty bitmaps. Section "Bitmaps" of the specification. Where
 * autoclear bit 0 is clear, the bitmaps may lack writes, and count as absent.
 *
 * <pre>
 * header extension                       entry, which begins at a multiple of 8
 * offset  size  field                    offset  size  field
 *    0      4   how many bitmaps            0      8   where the bitmap's table is
 *    4      4   reserved                    8      4   how many entries that has
 *    8      8   size of the directory      12      4   flags: 1 in use, 2 automatic
 *   16      8   where the directory is     16      1   type, 1
 *                                          17      1   log2 of the granularity in bytes
 * entry of a table                         18      2   length of the name
 *    63    56 55      9 8        1   0     20      4   length of the extra data
 *   +--------+---------+----------+---+    24      ..  extra data, name
 *   |reserved| cluster | reserved | A |
 *   +--------+---------+----------+---+  cluster: where it is in the file; 0 if it is not stored,
 *                                          and then A says whether its bits are ones or zeroes
 * </pre>
 */
final class BitmapDirectory {
  private static final int EXTENSION_LENGTH = 24;

  /** The most bitmaps that QEMU reads. */
  static final int MAX_BITMAPS = 65535;

  /** The longest directory that QEMU reads, in bytes. */
  private static final long MAX_DIRECTORY = 64 << 20;

  /** The longest name that the specification allows, in bytes. */
  static final int MAX_NAME = 1023;

  /** The most bytes of all names together: all are in memory at once, and tools write far less. */
  private static final long MAX_NAMES = 4 << 20;

  private static final long DATA = 0x00ff_ffff_ffff_fe00L;

  private static final Place NONE = new Place(0, 0, 0);

  private BitmapDirectory() {}

  /**
   * Where the directory is in the file.
   *
   * @param count how many bitmaps it has
   */
  record Place(long position, long size, int count) {}

  /**
   * A bitmap's table of clusters.
   *
   * @param position where it is in the file
   * @param entries how many entries of 8 bytes it has
   */
  record Table(long position, int entries) {}

  /** Receives each entry. */
  @FunctionalInterface
  private interface EntryVisitor {
    void entry(long position, ByteBuffer fields) throws IOException;
  }

  /**
   * Returns the position of the data that an entry of a bitmap's table points to, or 0 for none.
   */
  static long data(long tableEntry) {
    return tableEntry & DATA;
  }

  /**
   * Returns where the directory is; its size is 0 if there is none.
   *
   * @throws CorruptImageException if the header extension has a wrong length, or points to where no
   *     directory can be
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
    long position = fields.getLong(16);
    if (count < 1
        || count > MAX_BITMAPS
        || size < 0
        || size > MAX_DIRECTORY
        || position < 0
        || position >= 1L << 56
        || (position & header.clusterSize() - 1) != 0) {
      throw corrupt(
          storage,
          position,
          "%s bitmaps in %s bytes"
              .formatted(Integer.toUnsignedString(count), Long.toUnsignedString(size)));
    }
    return new Place(position, size, count);
  }

  /** Returns the data of the header extension that points to a directory. */
  static byte[] extension(Place place) {
    return ByteBuffer.allocate(EXTENSION_LENGTH)
        .putInt(place.count())
        .putInt(0)
        .putLong(place.size())
        .putLong(place.position())
        .array();
  }

  /**
   * Returns the bitmaps, in the order of the directory.
   *
   * @throws CorruptImageException if the directory contradicts the specification or the file
   * @throws IOException if it cannot be read
   */
  static List<BitmapEntry> entries(Storage storage, Qcow2Header header) throws IOException {
    List<BitmapEntry> entries = new ArrayList<>();
    Place place = place(storage, header);
    visit(
        storage,
        place,
        (position, fields) -> {
          int nameLength = fields.getShort(18) & 0xffff;
          int extraLength = fields.getInt(20);
          byte[] name = new byte[nameLength];
          storage.read(position + BitmapEntry.FIXED_LENGTH + extraLength, nameLength).get(name);
          entries.add(
              new BitmapEntry(
                  position,
                  fields.getLong(0),
                  fields.getInt(8),
                  fields.getInt(BitmapEntry.FLAGS),
                  fields.get(16) & 0xff,
                  fields.get(17),
                  extraLength,
                  new String(name, StandardCharsets.ISO_8859_1)));
        });
    return entries;
  }

  /** Describes the bitmaps, each as qemu-img describes it. */
  static List<Map<String, Object>> describe(Storage storage, Qcow2Header header)
      throws IOException {
    List<Map<String, Object>> bitmaps = new ArrayList<>();
    for (BitmapEntry entry : entries(storage, header)) {
      List<String> flags = new ArrayList<>();
      if (entry.has(BitmapEntry.IN_USE)) {
        flags.add("in-use");
      }
      if (entry.has(BitmapEntry.AUTO)) {
        flags.add("auto");
      }
      Map<String, Object> bitmap = new LinkedHashMap<>();
      bitmap.put("flags", flags);
      bitmap.put(
          "name", StandardCharsets.UTF_8.decode(ByteBuffer.wrap(entry.nameBytes())).toString());
      bitmap.put("granularity", 1L << entry.granularityBits());
      bitmaps.add(bitmap);
    }
    return bitmaps;
  }

  /** Returns the tables of the bitmaps. */
  static List<Table> tables(Storage storage, Place place) throws IOException {
    List<Table> tables = new ArrayList<>();
    visit(
        storage,
        place,
        (_, entry) -> {
          long position = entry.getLong(0);
          int entries = entry.getInt(8);
          if (position < 0 || position >= 1L << 56 || entries < 0) {
            throw corrupt(storage, place.position(), "a bitmap's table is at no place for one");
          }
          tables.add(new Table(position, entries));
        });
    return tables;
  }

  /** Changes the flags of an entry in the file. Durable after the next barrier. */
  static void writeFlags(Storage storage, long position, int flags) throws IOException {
    byte[] changed = ByteBuffer.allocate(Integer.BYTES).putInt(flags).array();
    storage.write(position + BitmapEntry.FLAGS, MemorySegment.ofArray(changed));
  }

  private static void visit(Storage storage, Place place, EntryVisitor visitor) throws IOException {
    long at = place.position();
    long end = place.position() + place.size();
    long names = 0;
    try {
      for (int i = 0; i < place.count(); i++) {
        ByteBuffer entry = storage.read(at, BitmapEntry.FIXED_LENGTH);
        int granularityBits = entry.get(17);
        int nameLength = entry.getShort(18) & 0xffff;
        long extraLength = entry.getInt(20);
        long next = (at + BitmapEntry.FIXED_LENGTH + nameLength + extraLength + 7) & -8;
        names += nameLength;
        if (granularityBits < 0
            || granularityBits > 63
            || extraLength < 0
            || nameLength > MAX_NAME
            || names > MAX_NAMES
            || next > end) {
          throw corrupt(
              storage, place.position(), "entry " + i + " does not fit, or makes no sense");
        }
        visitor.entry(at, entry);
        at = next;
      }
    } catch (EOFException e) {
      throw new CorruptImageException(
          storage.name(),
          "bitmap directory",
          place.position(),
          "is cut short by the file's end",
          e);
    }
  }

  private static CorruptImageException corrupt(Storage storage, long position, String problem) {
    return new CorruptImageException(storage.name(), "bitmap directory", position, problem);
  }
}
