package io.diskformat.inside.ext;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds the extended attributes of a file: in its inode, behind what is used of that, and in a
 * block. Numbers have their lowest byte first. The last entry is followed by four zero bytes.
 *
 * <pre>
 * in an inode                      in a block
 * 0  00 00 02 EA                    0  00 00 02 EA          10  checksum, 32 bits
 * 4  entries; values are found      8  blocks: 1            20  entries; values are found from the
 *    from here on                                               start of the block
 * </pre>
 */
final class ExtendedAttributes {
  static final int MAGIC = 0xEA020000;
  static final int BLOCK_HEADER = 0x20;
  static final int BLOCK_CHECKSUM_AT = 0x10;
  private static final int MOST_VALUE = 65536;
  private static final String NAME = "extended attributes";

  private final ExtVolume volume;
  private final Inode inode;

  ExtendedAttributes(ExtVolume volume, Inode inode) {
    this.volume = volume;
    this.inode = inode;
  }

  /** Returns all of them, those in the inode first. */
  List<ExtendedAttribute> all() throws IOException {
    List<ExtendedAttribute> all = new ArrayList<>(inInode());
    long block = inode.attributeBlock();
    if (block != 0) {
      volume.checkBlocks(block, 1, NAME, inode.position());
      ByteBuffer bytes = volume.read(block, NAME);
      long position = volume.position(block);
      if (bytes.getInt(0) != MAGIC || bytes.getInt(8) != 1) {
        throw corrupt(position, "have no mark");
      }
      checkSum(bytes, block);
      read(bytes, BLOCK_HEADER, 0, position, all);
    }
    return all;
  }

  /** Returns those in bytes that a block of them holds. */
  List<ExtendedAttribute> inBlock(ByteBuffer bytes) throws IOException {
    List<ExtendedAttribute> all = new ArrayList<>();
    read(bytes, BLOCK_HEADER, 0, inode.position(), all);
    return all;
  }

  /** Returns those in the inode. */
  List<ExtendedAttribute> inInode() throws IOException {
    List<ExtendedAttribute> all = new ArrayList<>();
    int at = Inode.OLD_SIZE + inode.extraSize();
    ByteBuffer bytes = inode.bytes();
    boolean fits = bytes.capacity() > Inode.OLD_SIZE && at + 2 * Integer.BYTES <= bytes.capacity();
    if (fits && bytes.getInt(at) == MAGIC) {
      int from = at + Integer.BYTES;
      read(bytes, from, from, inode.position(), all);
    }
    return all;
  }

  /** Returns the one that holds what does not fit beside the numbers of blocks. */
  Optional<ExtendedAttribute> inlineData() throws IOException {
    return inInode().stream().filter(ExtendedAttribute::isInlineData).findFirst();
  }

  private void read(
      ByteBuffer bytes, int from, int valuesFrom, long position, List<ExtendedAttribute> into)
      throws IOException {
    int end = bytes.capacity();
    int at = from;
    while (at + Integer.BYTES <= end && bytes.getInt(at) != 0) {
      int nameLength = Byte.toUnsignedInt(bytes.get(at));
      int next = at + ExtendedAttribute.HEADER + Math.ceilDiv(nameLength, 4) * 4;
      if (next > end) {
        throw corrupt(position + at, "have an entry that does not end");
      }
      long owner = Integer.toUnsignedLong(bytes.getInt(at + 4));
      long size = Integer.toUnsignedLong(bytes.getInt(at + 8));
      int valueAt = valuesFrom + Short.toUnsignedInt(bytes.getShort(at + 2));
      boolean within = owner != 0 || size == 0 || (valueAt >= next && size <= end - (long) valueAt);
      if (size > MOST_VALUE || !within) {
        throw corrupt(position + at, "have a value of " + size + " bytes at " + valueAt);
      }
      into.add(
          new ExtendedAttribute(
              Byte.toUnsignedInt(bytes.get(at + 1)),
              ExtendedAttribute.text(bytes, at + ExtendedAttribute.HEADER, nameLength),
              owner,
              (int) size,
              bytes,
              at,
              size == 0 ? 0 : valueAt,
              position + valueAt));
      at = next;
    }
  }

  private void checkSum(ByteBuffer bytes, long block) throws CorruptImageException {
    if (!volume.superblock().hasMetadataChecksums()) {
      return;
    }
    int sum =
        volume
            .superblock()
            .checksums()
            .ofAttributes(block, DeviceBytes.bytesOf(bytes), BLOCK_CHECKSUM_AT);
    if (sum != bytes.getInt(BLOCK_CHECKSUM_AT)) {
      throw corrupt(volume.position(block), "have a wrong checksum");
    }
  }

  private CorruptImageException corrupt(long position, String problem) {
    return volume.corrupt(NAME, position, "of inode " + inode.number() + " " + problem);
  }
}
