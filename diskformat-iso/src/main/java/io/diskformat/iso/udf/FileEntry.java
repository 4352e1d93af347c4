package io.diskformat.iso.udf;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.NodeAttributes.Posix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;

/**
 * What UDF records of a file, in a block of its own.
 *
 * <pre>
 * offset  size  field                              in an extended one, where that differs
 *   20      2   strategy: 4, or 4096
 *   27      1   type: 4 directory, 5 file, 12 symbolic link, ...
 *   34      2   flags: 0-2 kind of addresses, 6 set-uid, 7 set-gid, 8 sticky
 *   36      4   owner; then group
 *   44      4   permissions, 5 bits to a class: executes, writes, reads, ...
 *   48      2   links
 *   56      8   size in bytes
 *   72     12   accessed ({@link UdfTime})          80
 *   84     12   modified                            92
 *               created                            104
 *  168      4   length of attributes               208
 *  172      4   length of addresses                212
 *  176          attributes, then addresses         216
 * </pre>
 *
 * @param position where it is, in bytes
 * @param bytes of its block
 */
record FileEntry(DeviceBytes disc, int blockSize, long position, ByteBuffer bytes) {
  static final int DIRECTORY = 4;
  static final int SYMBOLIC_LINK = 12;
  private static final int STRATEGY = 20;
  private static final int STRATEGY_USUAL = 4;
  private static final int TYPE = 27;
  private static final int FLAGS = 34;
  private static final int OWNER = 36;
  private static final int GROUP = 40;
  private static final int PERMISSIONS = 44;
  private static final int LINKS = 48;
  private static final int SIZE = 56;
  private static final int SET_IDS = 6;
  private static final String STRUCTURE = "file entry of UDF";

  /**
   * Reads one.
   *
   * @throws io.diskformat.CorruptImageException if there is none
   */
  static FileEntry read(DeviceBytes disc, int blockSize, long position) throws IOException {
    ByteBuffer bytes = disc.read(position, blockSize, STRUCTURE);
    int what = Tag.of(bytes);
    if (what != Tag.FILE_ENTRY && what != Tag.EXTENDED_FILE_ENTRY) {
      throw disc.corrupt(STRUCTURE, position, "is none");
    }
    if (bytes.getShort(STRATEGY) != STRATEGY_USUAL) {
      throw new UnsupportedFeatureException(
          disc.name(), "UDF with file entries by strategy " + bytes.getShort(STRATEGY));
    }
    FileEntry entry = new FileEntry(disc, blockSize, position, bytes);
    long addresses = entry.addresses();
    if (addresses + entry.number(entry.extended() ? 212 : 172) > blockSize) {
      throw disc.corrupt(STRUCTURE, position, "is longer than its block");
    }
    return entry;
  }

  private boolean extended() {
    return Tag.of(bytes) == Tag.EXTENDED_FILE_ENTRY;
  }

  private long number(int at) {
    return Integer.toUnsignedLong(bytes.getInt(at));
  }

  /** Returns where the addresses are in the block. */
  private long addresses() {
    return extended() ? 216 + number(208) : 176 + number(168);
  }

  int type() {
    return Byte.toUnsignedInt(bytes.get(TYPE));
  }

  boolean isDirectory() {
    return type() == DIRECTORY;
  }

  /** Returns how long the content is, in bytes; less than 0 if nothing is that long. */
  long size() {
    return bytes.getLong(SIZE);
  }

  Optional<FileTime> accessed() {
    return UdfTime.read(bytes, extended() ? 80 : 72);
  }

  Optional<FileTime> modified() {
    return UdfTime.read(bytes, extended() ? 92 : 84);
  }

  Optional<FileTime> created() {
    return extended() ? UdfTime.read(bytes, 104) : Optional.empty();
  }

  /**
   * Returns owner and permissions.
   *
   * @param kind the type of the file, as POSIX numbers it
   */
  Posix posix(int kind) {
    int recorded = bytes.getInt(PERMISSIONS);
    int mode = kind | (recorded & 7) | ((recorded >> 5 & 7) << 3) | ((recorded >> 10 & 7) << 6);
    int flags = bytes.getShort(FLAGS) >> SET_IDS & 7;
    mode |= ((flags & 1) << 11) | ((flags & 2) << 9) | ((flags & 4) << 7);
    int links = Short.toUnsignedInt(bytes.getShort(LINKS));
    return new Posix(mode, known(OWNER), known(GROUP), Math.max(1, links));
  }

  /** All ones say that a file has no owner. */
  private long known(int at) {
    return bytes.getInt(at) == -1 ? 0 : number(at);
  }

  /**
   * Returns where the content is, as long as the file is.
   *
   * @param partition number of the map of the partition that the entry is in
   * @throws io.diskformat.CorruptImageException if it is not all recorded
   */
  List<ByteRange> ranges(List<Partition> partitions, int partition) throws IOException {
    int start = (int) addresses();
    int length = (int) number(extended() ? 212 : 172);
    Allocation allocation = new Allocation(disc, blockSize, partitions, partition, position);
    return allocation.ranges(bytes.get(FLAGS) & 7, bytes.slice(start, length), start, size());
  }
}
