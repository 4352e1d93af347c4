package io.diskformat.inside.fat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.attribute.FileTime;
import java.util.Locale;

/**
 * An entry of a directory, 32 bytes. Numbers have their lowest byte first.
 *
 * <pre>
 *  0  name, 8 bytes; E5: deleted, 0: the end    E  created: time, 10 date
 *  8  its extension, 3 bytes                   12  accessed: date
 *  B  attributes                               14  first cluster, the upper half, of FAT32
 *  C  what of the name is in lower case        16  modified: time, 18 date
 *  D  created: 1/100 s                         1A  first cluster, the lower half
 *                                              1C  size in bytes, 32 bits
 * </pre>
 *
 * @param bytes the entry
 * @param position where it is, in bytes
 */
record FatEntry(ByteBuffer bytes, long position) {
  static final int SIZE = 32;

  /** How many bytes of an entry are a short name. */
  static final int NAME_SIZE = 11;

  private static final int BASE_SIZE = 8;
  static final int ATTRIBUTES_AT = 0xB;
  private static final int LABEL = 0x8;
  static final int DIRECTORY = 0x10;
  static final int LONG_NAME = 0xF;
  private static final int LOWER_BASE = 0x8;
  private static final int LOWER_EXTENSION = 0x10;
  static final byte DELETED = (byte) 0xE5;

  /** Begins a name that would begin with what deletes it. */
  static final byte STANDS_FOR_DELETED = 5;

  private static final int READ_ONLY = 1;
  private static final int ARCHIVE = 0x20;

  /**
   * Makes an entry for a new file, which has no content.
   *
   * @param name the short one, as it is stored
   * @param time when it was made
   */
  static FatEntry create(byte[] name, boolean directory, FileTime time) {
    ByteBuffer bytes = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(0, name);
    bytes.put(ATTRIBUTES_AT, (byte) (directory ? DIRECTORY : ARCHIVE));
    bytes.put(0xD, DosTime.hundredths(time));
    bytes.putShort(0xE, DosTime.time(time));
    bytes.putShort(0x10, DosTime.date(time));
    FatEntry entry = new FatEntry(bytes, -1);
    entry.setModified(time);
    entry.setAccessed(time);
    return entry;
  }

  /** Returns this entry with another short name. */
  FatEntry named(byte[] name) {
    ByteBuffer copy = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    copy.put(0, bytes, 0, SIZE);
    copy.put(0, name);
    // The case of the letters of the old name.
    copy.put(0xC, (byte) (copy.get(0xC) & ~(LOWER_BASE | LOWER_EXTENSION)));
    return new FatEntry(copy, position);
  }

  void setModified(FileTime time) {
    bytes.putShort(0x16, DosTime.time(time));
    bytes.putShort(0x18, DosTime.date(time));
  }

  void setAccessed(FileTime time) {
    bytes.putShort(0x12, DosTime.date(time));
  }

  /** Notes where the content begins, how long it is, and that it has changed. */
  void setContent(TableKind kind, long cluster, long size) {
    setCluster(kind, cluster);
    bytes.putInt(0x1C, (int) size);
    bytes.put(ATTRIBUTES_AT, (byte) (bytes.get(ATTRIBUTES_AT) | ARCHIVE));
  }

  void setCluster(TableKind kind, long cluster) {
    if (kind == TableKind.FAT32) {
      bytes.putShort(0x14, (short) (cluster >> Short.SIZE));
    }
    bytes.putShort(0x1A, (short) cluster);
  }

  void setReadOnly(boolean readOnly) {
    int others = bytes.get(ATTRIBUTES_AT) & ~READ_ONLY;
    bytes.put(ATTRIBUTES_AT, (byte) (readOnly ? others | READ_ONLY : others));
  }

  /** Returns whether nothing has this place. */
  boolean isFree() {
    return isEnd() || isDeleted();
  }

  private boolean has(int attribute) {
    return (bytes.get(ATTRIBUTES_AT) & attribute) != 0;
  }

  /** Returns whether neither this nor any entry after it is used. */
  boolean isEnd() {
    return bytes.get(0) == 0;
  }

  boolean isDeleted() {
    return bytes.get(0) == DELETED;
  }

  /** Returns whether this is a part of the long name of an entry that follows. */
  boolean isLongName() {
    return (bytes.get(ATTRIBUTES_AT) & 0x3F) == LONG_NAME;
  }

  boolean isLabel() {
    return has(LABEL) && !has(DIRECTORY) && !isLongName();
  }

  boolean isDirectory() {
    return has(DIRECTORY);
  }

  /** Returns whether this is a directory's entry for itself, or for the one that it is in. */
  boolean isDot() {
    return hasName(".") || isParent();
  }

  boolean isParent() {
    return hasName("..");
  }

  private boolean hasName(String name) {
    for (int i = 0; i < NAME_SIZE; i++) {
      if (bytes.get(i) != (i < name.length() ? name.charAt(i) : ' ')) {
        return false;
      }
    }
    return true;
  }

  long size() {
    return Integer.toUnsignedLong(bytes.getInt(0x1C));
  }

  /**
   * Returns the first cluster, or 0. Of FAT12 and FAT16 the upper half is used for other things.
   */
  long cluster(TableKind kind) {
    int upper = kind == TableKind.FAT32 ? bytes.getShort(0x14) << Short.SIZE : 0;
    return Integer.toUnsignedLong(upper | Short.toUnsignedInt(bytes.getShort(0x1A)));
  }

  /** Returns the sum of the short name that each part of its long name has. */
  byte checksum() {
    int sum = 0;
    for (int i = 0; i < NAME_SIZE; i++) {
      sum = (((sum & 1) << 7) + (sum >> 1) + Byte.toUnsignedInt(bytes.get(i))) & 0xFF;
    }
    return (byte) sum;
  }

  /** Returns the short name, with the case that Windows NT has noted. */
  String shortName(Charset codePage) {
    byte[] name = new byte[NAME_SIZE];
    bytes.get(0, name);
    if (name[0] == STANDS_FOR_DELETED) {
      name[0] = DELETED;
    }
    int lower = bytes.get(0xC);
    String base = part(name, 0, BASE_SIZE, (lower & LOWER_BASE) != 0, codePage);
    String extension = part(name, BASE_SIZE, NAME_SIZE, (lower & LOWER_EXTENSION) != 0, codePage);
    return shown(extension.isEmpty() ? base : base + "." + extension);
  }

  private static String part(byte[] name, int from, int to, boolean lower, Charset codePage) {
    int end = to;
    while (end > from && name[end - 1] == ' ') {
      end--;
    }
    String part = new String(name, from, end - from, codePage);
    return lower ? part.toLowerCase(Locale.ROOT) : part;
  }

  /** Returns a name so that no path leaves the tree by it. */
  static String shown(String name) {
    return name.isEmpty() || name.equals(".") || name.equals("..")
        ? "\uFFFD"
        : name.replace('/', '\uFFFD').replace('\0', '\uFFFD');
  }
}
