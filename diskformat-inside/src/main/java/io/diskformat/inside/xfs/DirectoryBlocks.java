package io.diskformat.inside.xfs;

import io.diskformat.CorruptImageException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory in blocks. Only those with names are read, which are the first 32 GiB of it; an index
 * is behind. Each may be several blocks of the file system. Numbers have their highest byte first.
 *
 * <pre>
 * block                              entry, at multiples of 8
 *  0  "XD2D", or of a directory of   0  inode, 64 bits
 *     one block "XD2B"; in version   8  length of the name
 *     5 "XDD3" and "XDB3"            9  name; what the file is, if features say so
 *  4  in version 5, what it says     ..  at the end, where it begins in the block, 16 bits
 *     of itself
 * 10  entries; in version 5, at 40   nothing
 * -8  of one block: entries of the   0  FF FF
 *     index before this, 32 bits     2  length, 16 bits
 * </pre>
 */
final class DirectoryBlocks implements DirectoryAreas {
  private static final String NAME = "directory";
  private static final int DATA = 0x58443244;
  private static final int ONE = 0x58443242;
  private static final int DATA_5 = 0x58444433;
  private static final int ONE_5 = 0x58444233;
  private static final int OLD_HEADER = 16;
  private static final int TAIL = 8;
  private static final int INDEX_ENTRY = 8;
  private static final int ALIGNMENT = 8;
  private static final int NAME_AT = 9;
  private static final short NOTHING = -1;
  private static final long INDEX_AT = 32L << 30;

  private final XfsVolume volume;
  private final Fork fork;
  private final List<Run> runs;
  private final int size;
  private final int blocksOfEach;

  /** The file system's blocks that were read: none is in a directory twice. */
  private final Set<Long> read = new HashSet<>();

  private int run;
  private long next;
  private @Nullable ByteBuffer block;
  private long position;
  private int at;
  private int end;

  DirectoryBlocks(XfsVolume volume, Fork fork) throws IOException {
    this.volume = volume;
    this.fork = fork;
    this.runs = Runs.of(volume, fork);
    this.size = volume.superblock().directoryBlockSize();
    this.blocksOfEach = 1 << volume.superblock().directoryShift();
  }

  @Override
  public @Nullable DirectoryEntry next() throws IOException {
    while (true) {
      ByteBuffer bytes = block;
      if (bytes == null || at >= end) {
        bytes = nextBlock();
        block = bytes;
        if (bytes == null) {
          return null;
        }
        continue;
      }
      int from = at;
      if (end - from < ALIGNMENT) {
        throw corrupt("does not end with an entry");
      }
      boolean empty = bytes.getShort(from) == NOTHING;
      int length = empty ? Short.toUnsignedInt(bytes.getShort(from + 2)) : length(bytes, from);
      if (length == 0 || length % ALIGNMENT != 0 || length > end - from) {
        throw corrupt("has an entry of " + length + " bytes at " + from);
      }
      at = from + length;
      if (!empty) {
        return entry(bytes, from, length);
      }
    }
  }

  private int length(ByteBuffer bytes, int from) {
    if (end - from < NAME_AT) {
      return 0;
    }
    int type = volume.superblock().hasTypes() ? 1 : 0;
    int length = NAME_AT + Byte.toUnsignedInt(bytes.get(from + 8)) + type + Short.BYTES;
    return Math.ceilDiv(length, ALIGNMENT) * ALIGNMENT;
  }

  private DirectoryEntry entry(ByteBuffer bytes, int from, int length)
      throws CorruptImageException {
    if (Short.toUnsignedInt(bytes.getShort(from + length - Short.BYTES)) != from) {
      throw corrupt("has an entry that is not where it says, at " + from);
    }
    int name = Byte.toUnsignedInt(bytes.get(from + 8));
    int type = volume.superblock().hasTypes() ? bytes.get(from + NAME_AT + name) : 0;
    return new DirectoryEntry(
        bytes.getLong(from), type, DirectoryEntry.name(bytes, from + NAME_AT, name));
  }

  /** Reads the next block with names, or returns null. */
  private @Nullable ByteBuffer nextBlock() throws IOException {
    while (run < runs.size() && next >= runs.get(run).end()) {
      run++;
    }
    if (run == runs.size()) {
      return null;
    }
    next = Math.max(next, runs.get(run).first());
    if (next >= INDEX_AT / volume.superblock().blockSize()) {
      return null;
    }
    if (next % blocksOfEach != 0) {
      throw corrupt("has a hole before its block " + next);
    }
    ByteBuffer bytes = ByteBuffer.allocate(size);
    for (int i = 0; i < blocksOfEach; i++) {
      readPart(bytes, i);
    }
    begin(bytes);
    return bytes;
  }

  private void readPart(ByteBuffer bytes, int index) throws IOException {
    while (run < runs.size() && next >= runs.get(run).end()) {
      run++;
    }
    if (run == runs.size() || next < runs.get(run).first()) {
      throw corrupt("has a hole, its block " + next);
    }
    Run part = runs.get(run);
    if (!part.isWritten()) {
      throw corrupt("has a block that was not written, " + next);
    }
    int blockSize = volume.superblock().blockSize();
    long where = volume.position(part.block() + next - part.first(), 1, NAME, fork.position());
    if (index == 0) {
      position = where;
    }
    if (!read.add(where)) {
      throw corrupt("has the block at " + where + " twice");
    }
    volume.bytes().check(where, blockSize, NAME);
    MemorySegment to = MemorySegment.ofBuffer(bytes);
    volume.device().read(where, to.asSlice((long) index * blockSize, blockSize));
    next++;
  }

  private void begin(ByteBuffer bytes) throws CorruptImageException {
    boolean checked = volume.superblock().hasChecksums();
    int mark = bytes.getInt(0);
    boolean one = mark == (checked ? ONE_5 : ONE);
    if (!one && mark != (checked ? DATA_5 : DATA)) {
      throw corrupt("has a block without a mark");
    }
    volume.checkOwn(bytes, Header.DIRECTORY, fork.owner(), NAME, position);
    at = checked ? Header.DIRECTORY.size() : OLD_HEADER;
    long entries = one ? Integer.toUnsignedLong(bytes.getInt(size - TAIL)) : 0;
    if (one && entries > (size - TAIL - at) / INDEX_ENTRY) {
      throw corrupt("has an index of " + entries + " entries");
    }
    end = one ? size - TAIL - (int) entries * INDEX_ENTRY : size;
  }

  private CorruptImageException corrupt(String problem) {
    long where = position == 0 ? fork.position() : position;
    return volume.corrupt(NAME, where, "of inode " + fork.owner() + " " + problem);
  }
}
