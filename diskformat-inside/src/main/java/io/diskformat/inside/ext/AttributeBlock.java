package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Changes the block of a file's extended attributes, which several files may have. */
final class AttributeBlock {
  private static final String NAME = "extended attributes";
  private static final int OWNERS_AT = 4;
  private static final int BLOCKS_AT = 8;
  private static final int HASH_AT = 12;
  private static final int HASH_SHIFT = 16;
  private static final int CHECKSUM_AT = ExtendedAttributes.BLOCK_CHECKSUM_AT;

  private AttributeBlock() {}

  /** Takes its attributes away from a file that is removed. */
  static void release(ExtChanges changes, BlockAllocator allocator, InodeChange file)
      throws IOException {
    for (ExtendedAttribute attribute :
        new ExtendedAttributes(changes.volume(), file.inode()).all()) {
      if (attribute.inode() != 0) {
        throw changes.unsupported(
            "removing a file of ext4 with a large attribute (ea_inode), inode " + file.number());
      }
    }
    if (file.inode().attributeBlock() != 0) {
      leave(changes, allocator, file.inode().attributeBlock());
      file.setAttributeBlock(0);
      file.addBlocks(-1);
    }
  }

  /** Records that a block has an owner less; the last gives it back. */
  private static void leave(ExtChanges changes, BlockAllocator allocator, long block)
      throws IOException {
    int owners = changes.volume().read(block, NAME).getInt(OWNERS_AT);
    if (owners <= 1) {
      allocator.free(block, 1);
      return;
    }
    byte[] bytes = changes.changeLast(block);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(OWNERS_AT, owners - 1);
    sign(changes, block, bytes);
  }

  private static void sign(ExtChanges changes, long block, byte[] bytes) {
    if (changes.superblock().hasMetadataChecksums()) {
      int sum = changes.superblock().checksums().ofAttributes(block, bytes, CHECKSUM_AT);
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(CHECKSUM_AT, sum);
    }
  }

  /** Changes attributes in a block. */
  interface Change {
    void make(List<ExtendedAttribute> attributes) throws IOException;
  }

  /**
   * Changes the attributes that a file has in a block. They get another one, which is the file's
   * alone, so that they change with its inode at once.
   */
  static void change(ExtChanges changes, BlockAllocator allocator, InodeChange file, Change change)
      throws IOException {
    long block = file.inode().attributeBlock();
    byte[] bytes = changes.volume().read(block, NAME).array();
    if (!changes.isFresh(block)) {
      long place = allocator.allocate(block, 1).block();
      leave(changes, allocator, block);
      file.setAttributeBlock(place);
      block = place;
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<ExtendedAttribute> all =
        new ExtendedAttributes(changes.volume(), file.inode()).inBlock(buffer);
    change.make(all);
    put(changes, block, bytes, all);
  }

  /**
   * Puts the attributes of a file that has no block of them into one.
   *
   * @param near where on the volume
   * @param bytes with the entries and the values, which have no hashes yet
   */
  static void add(
      ExtChanges changes, BlockAllocator allocator, InodeChange file, long near, byte[] bytes)
      throws IOException {
    long block = allocator.allocate(near, 1).block();
    file.setAttributeBlock(block);
    file.addBlocks(1);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(0, ExtendedAttributes.MAGIC).putInt(BLOCKS_AT, 1);
    List<ExtendedAttribute> all =
        new ExtendedAttributes(changes.volume(), file.inode()).inBlock(buffer);
    all.forEach(ExtendedAttribute::hash);
    put(changes, block, bytes, all);
  }

  /** Completes a block that is one file's alone. */
  private static void put(ExtChanges changes, long block, byte[] bytes, List<ExtendedAttribute> all)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int hash = 0;
    for (ExtendedAttribute attribute : all) {
      int own = buffer.getInt(attribute.entryAt() + ExtendedAttribute.HASH_AT);
      if (own == 0) {
        // Of one without a hash, no other file can share the block.
        hash = 0;
        break;
      }
      hash = Integer.rotateLeft(hash, HASH_SHIFT) ^ own;
    }
    buffer.putInt(OWNERS_AT, 1).putInt(HASH_AT, hash);
    sign(changes, block, bytes);
    System.arraycopy(bytes, 0, changes.device().replace(block), 0, bytes.length);
  }
}
