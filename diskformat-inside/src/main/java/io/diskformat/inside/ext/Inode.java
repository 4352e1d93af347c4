package io.diskformat.inside.ext;

import io.diskformat.filesystem.NodeAttributes;
import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;

/**
 * An inode. Numbers have their lowest byte first; those from 80 on are there only as far as 80
 * says.
 *
 * <pre>
 *  0  mode, 16 bits                       68  block of extended attributes, 32 bits; more at 76
 *  2  owner, 16 bits; more at 78          6C  size, its upper 32 bits
 *  4  size, its lower 32 bits             78  owner, upper 16 bits
 *  8  time of access, 32 bits             7A  group, upper 16 bits
 *  C  time of change, 32 bits             7C  checksum, lower 16 bits
 * 10  time of modification, 32 bits       80  how many bytes from here on are used, 16 bits
 * 18  group, 16 bits; more at 7A          82  checksum, upper 16 bits
 * 1A  links, 16 bits                      84  more of the time of change
 * 1C  512-byte sectors, 32 bits           88  more of the time of modification
 * 20  flags, 32 bits                      8C  more of the time of access
 * 28  60 bytes: blocks, or content        90  time of creation; more at 94
 * 64  generation, 32 bits
 * </pre>
 *
 * @param number counted from 1
 * @param position of the inode on the device, in bytes
 * @param bytes all of the inode
 */
record Inode(long number, long position, ByteBuffer bytes) {
  static final int ROOT = 2;

  static final int BLOCKS_AT = 0x28;
  static final int BLOCKS_SIZE = 60;
  static final int OLD_SIZE = 0x80;
  static final int CHECKSUM_LOW_AT = 0x7C;
  static final int CHECKSUM_HIGH_AT = 0x82;

  static final int ENCRYPTED = 0x800;
  static final int INDEXED = 0x1000;
  static final int HUGE = 0x40000;
  static final int EXTENTS = 0x80000;
  static final int IMMUTABLE = 0x10;
  static final int APPEND_ONLY = 0x20;
  static final int VERITY = 0x10_0000;
  static final int COMPRESSED = 0x4;
  static final int ATTRIBUTE_VALUE = 0x20_0000;
  static final int INLINE = 0x1000_0000;
  static final int CASEFOLD = 0x4000_0000;

  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;
  private static final int LINK = 0120000;
  private static final int CHARACTERS = 0020000;
  private static final int BLOCKS = 0060000;
  private static final int EPOCH_BITS = 3;

  int mode() {
    return Short.toUnsignedInt(bytes.getShort(0));
  }

  int flags() {
    return bytes.getInt(0x20);
  }

  boolean has(int flag) {
    return (flags() & flag) != 0;
  }

  int links() {
    return Short.toUnsignedInt(bytes.getShort(0x1A));
  }

  int generation() {
    return bytes.getInt(0x64);
  }

  private long owner() {
    return both(0x78, 2);
  }

  long group() {
    return both(0x7A, 0x18);
  }

  private long both(int high, int low) {
    return (long) Short.toUnsignedInt(bytes.getShort(high)) << Short.SIZE
        | Short.toUnsignedInt(bytes.getShort(low));
  }

  /** Returns the size as it is recorded, which may be negative. */
  long size() {
    return (long) bytes.getInt(0x6C) << Integer.SIZE | Integer.toUnsignedLong(bytes.getInt(4));
  }

  /** Returns the size of a directory, whose upper half may be something else. */
  long directorySize(boolean large) {
    return large ? size() : Integer.toUnsignedLong(bytes.getInt(4));
  }

  /** Returns the block of the extended attributes that are not in the inode, or 0. */
  long attributeBlock() {
    return (long) Short.toUnsignedInt(bytes.getShort(0x76)) << Integer.SIZE
        | Integer.toUnsignedLong(bytes.getInt(0x68));
  }

  /** Returns how many blocks or sectors are taken, whichever it counts in, its lower 32 bits. */
  long sectors() {
    return Integer.toUnsignedLong(bytes.getInt(0x1C));
  }

  /** Returns how many bytes from {@link #OLD_SIZE} on are used. */
  int extraSize() {
    return bytes.capacity() <= OLD_SIZE ? 0 : Short.toUnsignedInt(bytes.getShort(OLD_SIZE));
  }

  /** Returns whether a field is there. */
  boolean reaches(int at, int length) {
    return at + length <= OLD_SIZE + extraSize() && at + length <= bytes.capacity();
  }

  NodeAttributes.Kind kind() {
    return switch (mode() & TYPE) {
      case DIRECTORY -> NodeAttributes.Kind.DIRECTORY;
      case REGULAR -> NodeAttributes.Kind.FILE;
      case LINK -> NodeAttributes.Kind.SYMBOLIC_LINK;
      default -> NodeAttributes.Kind.OTHER;
    };
  }

  /** Returns what is recorded for those who ask. */
  NodeAttributes attributes() {
    return new NodeAttributes(
        kind(),
        kind() == NodeAttributes.Kind.FILE || kind() == NodeAttributes.Kind.SYMBOLIC_LINK
            ? size()
            : 0,
        Optional.of(time(0x10, 0x88)),
        Optional.of(time(8, 0x8C)),
        reaches(0x90, 8) ? Optional.of(time(0x90, 0x94)) : Optional.empty(),
        Optional.of(new NodeAttributes.Posix(mode(), owner(), group(), links())),
        Optional.of(new NodeAttributes.Unix(number, device(), time(0xC, 0x84))),
        number);
  }

  /** Returns a time: seconds, of which more bits are elsewhere, with nanoseconds. */
  private FileTime time(int at, int moreAt) {
    long seconds = bytes.getInt(at);
    long nanoseconds = 0;
    if (reaches(moreAt, 4)) {
      long more = Integer.toUnsignedLong(bytes.getInt(moreAt));
      seconds += (more & EPOCH_BITS) << Integer.SIZE;
      nanoseconds = more >>> 2;
    }
    return FileTime.from(Instant.ofEpochSecond(seconds, nanoseconds));
  }

  /** Returns the number of a device: the old one has 8 bits for each part. */
  private long device() {
    int type = mode() & TYPE;
    if (type != CHARACTERS && type != BLOCKS) {
      return 0;
    }
    int old = bytes.getInt(BLOCKS_AT);
    return old != 0 ? old & 0xFFFF : Integer.toUnsignedLong(bytes.getInt(BLOCKS_AT + 4));
  }
}
