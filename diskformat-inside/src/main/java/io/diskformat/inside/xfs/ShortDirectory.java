package io.diskformat.inside.xfs;

import io.diskformat.CorruptImageException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A directory that is in its inode. Numbers have their highest byte first.
 *
 * <pre>
 * 0  entries                        entry
 * 1  not 0 if inodes have 64 bits   0  length of the name
 * 2  inode of the parent, 32 or     1  where the entry would be in a block, 16 bits
 *    64 bits                        3  name; what the file is, if features say so; inode
 * </pre>
 */
final class ShortDirectory implements DirectoryAreas {
  private static final String NAME = "directory";
  private static final int HEADER = 2;
  private static final int NAME_AT = 3;

  private final XfsVolume volume;
  private final Fork fork;
  private final ByteBuffer bytes;
  private final int inodeSize;
  private int left;
  private int at;

  ShortDirectory(XfsVolume volume, Fork fork) throws CorruptImageException {
    this.volume = volume;
    this.fork = fork;
    this.bytes = fork.bytes();
    long size = fork.size();
    if (size < HEADER + Integer.BYTES || size > bytes.capacity()) {
      throw corrupt("has " + size + " bytes in " + bytes.capacity());
    }
    bytes.limit((int) size);
    this.left = Byte.toUnsignedInt(bytes.get(0));
    this.inodeSize = bytes.get(1) != 0 ? Long.BYTES : Integer.BYTES;
  }

  private long inode(int where) {
    return inodeSize == Long.BYTES
        ? bytes.getLong(where)
        : Integer.toUnsignedLong(bytes.getInt(where));
  }

  @Override
  public @Nullable DirectoryEntry next() throws CorruptImageException {
    if (at == 0) {
      at = HEADER + inodeSize;
      require(at);
      return new DirectoryEntry(inode(HEADER), 2, "..");
    }
    if (left == 0) {
      return null;
    }
    left--;
    require(at + NAME_AT);
    int length = Byte.toUnsignedInt(bytes.get(at));
    int typeAt = at + NAME_AT + length;
    int inodeAt = typeAt + (volume.superblock().hasTypes() ? 1 : 0);
    require(inodeAt + inodeSize);
    DirectoryEntry entry =
        new DirectoryEntry(
            inode(inodeAt),
            inodeAt > typeAt ? bytes.get(typeAt) : 0,
            DirectoryEntry.name(bytes, at + NAME_AT, length));
    at = inodeAt + inodeSize;
    return entry;
  }

  private void require(int end) throws CorruptImageException {
    if (end > bytes.limit()) {
      throw corrupt("has entries that do not fit in " + bytes.limit() + " bytes");
    }
  }

  private CorruptImageException corrupt(String problem) {
    return volume.corrupt(NAME, fork.position(), "of inode " + fork.owner() + " " + problem);
  }
}
