package io.diskformat.iso;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * One file in a directory, or one section of its content.
 *
 * <pre>
 * offset  size  field
 *    0      1   length of the record, 34 at least
 *    1      1   blocks of the extended attribute record, which is ahead of the content
 *    2      8   block where that, or the content, begins; in both byte orders
 *   10      8   size of the content in bytes; in both byte orders
 *   18      7   time ({@link DiscTime})
 *   25      1   flags: 1 hidden, 2 directory, 4 associated, 128 another section follows
 *   26      1   interleaved: blocks at a time, or 0
 *   27      1   interleaved: blocks between
 *   28      4   number of the disc in its set
 *   32      1   length of the name
 *   33          name; one of one byte is the directory itself (0) or the one above (1)
 *               a byte if the name's length is even
 *               system use ({@link SystemUse})
 * </pre>
 *
 * <p>Of a number in both byte orders, the one with its lowest byte first counts, as everywhere.
 *
 * @param position where the record is
 * @param bytes of it, and of nothing else
 */
record DirectoryRecord(long position, ByteBuffer bytes) {
  /** The length of a record with a name of one byte. */
  static final int SHORTEST = 34;

  private static final int ATTRIBUTE_BLOCKS = 1;
  private static final int EXTENT = 2;
  private static final int SIZE = 10;
  private static final int TIME = 18;
  private static final int FLAGS = 25;
  private static final int UNIT = 26;
  private static final int GAP = 27;
  private static final int NAME_LENGTH = 32;
  private static final int NAME = 33;

  private static final int IS_DIRECTORY = 2;
  private static final int IS_ASSOCIATED = 4;
  private static final int IS_CONTINUED = 128;

  /**
   * Reads a record.
   *
   * @param bytes in which it has to end
   * @param at where it begins there
   * @param position where it is on the disc, for errors
   */
  static DirectoryRecord read(DeviceBytes disc, ByteBuffer bytes, int at, long position)
      throws CorruptImageException {
    int length = Byte.toUnsignedInt(bytes.get(at));
    if (length < SHORTEST || length > bytes.limit() - at) {
      throw disc.corrupt("directory record", position, "its length is " + length + " bytes");
    }
    int nameLength = Byte.toUnsignedInt(bytes.get(at + NAME_LENGTH));
    if (nameLength == 0 || NAME + nameLength > length) {
      throw disc.corrupt(
          "directory record",
          position,
          "its name is " + nameLength + " bytes long, in a record of " + length);
    }
    return new DirectoryRecord(position, bytes.slice(at, length).order(bytes.order()));
  }

  /** Returns the block where it begins. */
  long extent() {
    return Integer.toUnsignedLong(bytes.getInt(EXTENT));
  }

  /** Returns the size of the content, in bytes. */
  long size() {
    return Integer.toUnsignedLong(bytes.getInt(SIZE));
  }

  /** Returns whether both byte orders say the same of where it begins and how long it is. */
  boolean agrees() {
    return bytes.getInt(EXTENT) == Integer.reverseBytes(bytes.getInt(EXTENT + 4))
        && bytes.getInt(SIZE) == Integer.reverseBytes(bytes.getInt(SIZE + 4));
  }

  /** Returns how many blocks of it are no content. */
  int attributeBlocks() {
    return Byte.toUnsignedInt(bytes.get(ATTRIBUTE_BLOCKS));
  }

  /** Returns how many blocks of its own are together, if it is interleaved; else 0. */
  int unit() {
    return Byte.toUnsignedInt(bytes.get(UNIT));
  }

  /** Returns how many blocks of something else are between those. */
  int gap() {
    return Byte.toUnsignedInt(bytes.get(GAP));
  }

  Optional<FileTime> modified() {
    return DiscTime.ofBytes(bytes, TIME);
  }

  private int nameLength() {
    return Byte.toUnsignedInt(bytes.get(NAME_LENGTH));
  }

  /** Returns the name as it is recorded. */
  ByteBuffer name() {
    return bytes.slice(NAME, nameLength());
  }

  /** Returns where in the record begins what follows the name. */
  int systemUseStart() {
    int nameLength = nameLength();
    return Math.min(bytes.limit(), NAME + nameLength + (nameLength + 1) % 2);
  }

  /** Returns what follows the name. */
  ByteBuffer systemUse() {
    int at = systemUseStart();
    return bytes.slice(at, bytes.limit() - at);
  }

  private int flags() {
    return bytes.get(FLAGS);
  }

  boolean isDirectory() {
    return (flags() & IS_DIRECTORY) != 0;
  }

  /** Returns whether it is what Apple calls a resource fork, which goes by the file's own name. */
  boolean isAssociated() {
    return (flags() & IS_ASSOCIATED) != 0;
  }

  /** Returns whether the next record is another section of the same file. */
  boolean isContinued() {
    return (flags() & IS_CONTINUED) != 0;
  }

  boolean isSelf() {
    return nameLength() == 1 && bytes.get(NAME) == 0;
  }

  boolean isAbove() {
    return nameLength() == 1 && bytes.get(NAME) == 1;
  }

  boolean isSelfOrAbove() {
    return isSelf() || isAbove();
  }

  boolean hasNameOf(DirectoryRecord other) {
    return name().equals(other.name());
  }

  /** Returns whether blocks of something else may be between those of the content. */
  boolean isInterleaved() {
    return unit() != 0 || gap() != 0;
  }

  /**
   * Returns where the content begins. An extended attribute record, if there is one, precedes it,
   * and takes a unit of its own where the file is interleaved.
   */
  long content(int blockSize) {
    int attributes = attributeBlocks();
    int ahead = isInterleaved() && attributes > 0 ? unit() + gap() : attributes;
    return (extent() + ahead) * blockSize;
  }
}
