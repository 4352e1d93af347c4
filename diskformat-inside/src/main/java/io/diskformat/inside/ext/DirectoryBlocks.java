package io.diskformat.inside.ext;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of a directory, one after the other, each with its checksum checked. Those of an index
 * of names look like blocks without names to whoever does not use it, and have their checksum
 * elsewhere; Linux leaves in its root what was there when it was a block of names.
 *
 * <pre>
 * end of a block of names                  index: in the first block at 20, in others at 8
 * -12  inode 0, 32 bits                    0  entries at most, 16 bits
 *  -8  length 12, 16 bits                  2  entries, 16 bits
 *  -6  length of the name 0, type DE       then the entries, 8 bytes each, and behind the last
 *  -4  checksum of what comes before       that there may be, 4 bytes and the checksum
 * </pre>
 */
final class DirectoryBlocks implements DirectoryAreas {
  private static final String NAME = "directory";
  static final int TAIL = 12;
  static final int TAIL_LENGTH_AND_TYPE = 0xDE00_000C;
  static final int INDEX_ENTRY = 8;
  private static final int INDEX_TAIL = 8;
  static final int ROOT_INDEX_AT = 0x20;
  static final int INDEX_AT = 8;

  private final ExtVolume volume;
  private final Inode inode;
  private final FileBlocks blocks;
  private final long count;
  private final NumberSet read = new NumberSet();
  private @Nullable Run run;
  private long next;
  private long position;

  DirectoryBlocks(ExtVolume volume, Inode inode) throws CorruptImageException {
    this(volume, inode, 0);
  }

  /**
   * Begins behind some blocks.
   *
   * @param first the first block of the directory that is read
   */
  DirectoryBlocks(ExtVolume volume, Inode inode, long first) throws CorruptImageException {
    this.volume = volume;
    this.inode = inode;
    this.blocks = FileData.blocks(volume, inode);
    boolean large = volume.superblock().hasIncompatible(Features.LARGE_DIRECTORIES);
    long size = inode.directorySize(large);
    int blockSize = volume.superblock().blockSize();
    if (size <= 0 || size % blockSize != 0) {
      throw corrupt(inode.position(), "has " + size + " bytes");
    }
    this.count = size / blockSize;
    this.next = first;
  }

  /** Returns how many blocks the directory has. */
  long count() {
    return count;
  }

  /** Returns which block of the directory was read last. */
  long fileBlock() {
    return next - 1;
  }

  @Override
  public @Nullable ByteBuffer next() throws IOException {
    if (next >= count) {
      return null;
    }
    Run at = run;
    if (at == null || !at.contains(next)) {
      at = blocks.at(next);
      run = at;
    }
    if (at.isHole()) {
      throw corrupt(inode.position(), "has a hole, its block " + next);
    }
    long block = at.block() + next - at.first();
    position = volume.position(block);
    if (!read.add(block)) {
      throw corrupt(position, "has the block " + block + " twice");
    }
    ByteBuffer bytes = volume.read(block, NAME);
    checkSum(bytes);
    next++;
    return bytes;
  }

  @Override
  public long position() {
    return position;
  }

  private void checkSum(ByteBuffer bytes) throws CorruptImageException {
    if (!volume.superblock().hasMetadataChecksums()) {
      return;
    }
    boolean right;
    if (inode.has(Inode.INDEXED) && (next == 0 || isIndex(bytes))) {
      right = hasIndexChecksum(bytes);
    } else {
      int tail = bytes.capacity() - TAIL;
      boolean hasTail = bytes.getInt(tail) == 0 && bytes.getInt(tail + 4) == TAIL_LENGTH_AND_TYPE;
      int sum = checksums().ofBlock(inode, DeviceBytes.bytesOf(bytes), tail);
      right = hasTail && sum == bytes.getInt(tail + 8);
    }
    if (!right) {
      throw corrupt(position, "has a wrong checksum in its block " + next);
    }
  }

  /** One entry of nobody fills all of a block of an index; of others, one ends before the sum. */
  private static boolean isIndex(ByteBuffer bytes) {
    return bytes.getInt(0) == 0
        && DirectoryEntry.lengthAt(bytes, 0, bytes.capacity(), true) == bytes.capacity();
  }

  private boolean hasIndexChecksum(ByteBuffer bytes) {
    int at = next == 0 ? ROOT_INDEX_AT : INDEX_AT;
    int most = Short.toUnsignedInt(bytes.getShort(at));
    int entries = Short.toUnsignedInt(bytes.getShort(at + 2));
    int tail = at + most * INDEX_ENTRY;
    if (entries > most || tail + INDEX_TAIL > bytes.capacity()) {
      return false;
    }
    int sum =
        checksums().ofIndex(inode, DeviceBytes.bytesOf(bytes), at + entries * INDEX_ENTRY, tail);
    return sum == bytes.getInt(tail + Integer.BYTES);
  }

  private Checksums checksums() {
    return volume.superblock().checksums();
  }

  @Override
  public long parent() {
    return 0;
  }

  @Override
  public CorruptImageException corrupt(long where, String problem) {
    return volume.corrupt(NAME, where, "of inode " + inode.number() + " " + problem);
  }
}
