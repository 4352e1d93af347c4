package io.diskformat.inside.xfs;

import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;

/**
 * An inode. Numbers have their highest byte first; those from 60 on, except for the first, are
 * there in version 3 alone.
 *
 * <pre>
 *  0  "IN"                                38  size, 64 bits
 *  2  mode, 16 bits                       4C  extents, 32 bits
 *  4  version, 8 bits                     50  extents of attributes, 16 bits
 *  5  how content is kept, 8 bits         52  where attributes are, in 8 bytes from the content on
 *  6  links of version 1, 16 bits         53  how attributes are kept, 8 bits
 *  8  owner, 32 bits                      5A  flags, 16 bits
 *  C  group, 32 bits                      64  checksum of the inode
 * 10  links, 32 bits                      78  more flags, 64 bits
 * 18  extents, if flags say so, 64 bits   90  time of creation
 * 20  time of access, 64 bits             98  number of the inode, 64 bits
 * 28  time of modification                A0  UUID of the file system
 * 30  time of change                      64, or B0 in version 3: content, then attributes
 * </pre>
 *
 * @param number as entries of directories have it
 * @param position of the inode on the device, in bytes
 * @param bytes all of the inode
 */
record Inode(long number, long position, ByteBuffer bytes) {
  private static final short MAGIC = 0x494E;
  private static final int OLD_SIZE = 0x64;
  private static final int TYPE = 0170000;
  private static final int REALTIME = 1;
  private static final int BIGTIME = 8;
  private static final int MANY_EXTENTS = 0x10;
  private static final int WITH_FLAGS = 3;
  private static final int MINOR_BITS = 18;

  /** What times of 64 bits count from: as long before 1970 as those of 32 bits reach. */
  private static final long BIGTIME_START = Integer.MIN_VALUE;

  private static final long NANOSECONDS = 1_000_000_000;

  boolean isMarked() {
    return bytes.getShort(0) == MAGIC;
  }

  int version() {
    return bytes.get(4);
  }

  int mode() {
    return Short.toUnsignedInt(bytes.getShort(2));
  }

  long size() {
    return bytes.getLong(0x38);
  }

  boolean isRealtime() {
    return (bytes.getShort(0x5A) & REALTIME) != 0;
  }

  private boolean hasMore(int flag) {
    return version() >= WITH_FLAGS && (bytes.getLong(0x78) & flag) != 0;
  }

  private int dataAt() {
    return version() >= WITH_FLAGS ? Header.INODE.size() : OLD_SIZE;
  }

  private boolean hasAttributes() {
    return bytes.get(0x52) != 0;
  }

  /** Returns where attributes begin, or the end. */
  int attributesAt() {
    return hasAttributes()
        ? dataAt() + Byte.toUnsignedInt(bytes.get(0x52)) * Long.BYTES
        : bytes.capacity();
  }

  /** Returns how content is kept. */
  Fork data() {
    long extents =
        hasMore(MANY_EXTENTS) ? bytes.getLong(0x18) : Integer.toUnsignedLong(bytes.getInt(0x4C));
    return fork(bytes.get(5), extents, dataAt(), attributesAt());
  }

  /** Returns how attributes are kept, if there are any. */
  Optional<Fork> attributeFork() {
    if (!hasAttributes()) {
      return Optional.empty();
    }
    long extents =
        hasMore(MANY_EXTENTS)
            ? Integer.toUnsignedLong(bytes.getInt(0x4C))
            : Short.toUnsignedInt(bytes.getShort(0x50));
    return Optional.of(fork(bytes.get(0x53), extents, attributesAt(), bytes.capacity()));
  }

  private Fork fork(int format, long extents, int from, int to) {
    return new Fork(number, size(), format, extents, bytes.slice(from, to - from), position + from);
  }

  Kind kind() {
    return switch (mode() & TYPE) {
      case 0040000 -> Kind.DIRECTORY;
      case 0100000 -> Kind.FILE;
      case 0120000 -> Kind.SYMBOLIC_LINK;
      default -> Kind.OTHER;
    };
  }

  /** Returns what is recorded for those who ask. */
  NodeAttributes attributes() {
    long links =
        version() == 1
            ? Short.toUnsignedLong(bytes.getShort(6))
            : Integer.toUnsignedLong(bytes.getInt(0x10));
    return new NodeAttributes(
        kind(),
        kind() == Kind.FILE || kind() == Kind.SYMBOLIC_LINK ? size() : 0,
        Optional.of(time(0x28)),
        Optional.of(time(0x20)),
        version() >= WITH_FLAGS ? Optional.of(time(0x90)) : Optional.empty(),
        Optional.of(
            new NodeAttributes.Posix(
                mode(),
                Integer.toUnsignedLong(bytes.getInt(8)),
                Integer.toUnsignedLong(bytes.getInt(0xC)),
                links)),
        Optional.of(new NodeAttributes.Unix(number, device(), time(0x30))),
        number);
  }

  /** Returns a time: nanoseconds, or seconds and nanoseconds. */
  private FileTime time(int at) {
    long seconds = bytes.getInt(at);
    long nanoseconds = bytes.getInt(at + Integer.BYTES);
    if (hasMore(BIGTIME)) {
      long all = bytes.getLong(at);
      seconds = BIGTIME_START + Long.divideUnsigned(all, NANOSECONDS);
      nanoseconds = Long.remainderUnsigned(all, NANOSECONDS);
    }
    return FileTime.from(Instant.ofEpochSecond(seconds, nanoseconds));
  }

  /** Returns the number of a device, which is kept in another order. */
  private long device() {
    int type = mode() & TYPE;
    if ((type != 0020000 && type != 0060000) || bytes.get(5) != Fork.DEVICE) {
      return 0;
    }
    long stored = Integer.toUnsignedLong(bytes.getInt(dataAt()));
    long major = stored >>> MINOR_BITS;
    long minor = stored & ((1 << MINOR_BITS) - 1);
    return (minor & 0xFF) | major << 8 | (minor & ~0xFFL) << 12;
  }
}
