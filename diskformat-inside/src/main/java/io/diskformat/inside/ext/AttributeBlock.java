package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Gives back the block of a file's extended attributes, which several files may have. */
final class AttributeBlock {
  private static final int OWNERS_AT = 4;
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
    long block = file.inode().attributeBlock();
    if (block == 0) {
      return;
    }
    int owners = changes.volume().read(block, "extended attributes").getInt(OWNERS_AT);
    if (owners <= 1) {
      allocator.free(block, 1);
    } else {
      byte[] bytes = changes.changeLast(block);
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      buffer.putInt(OWNERS_AT, owners - 1);
      if (changes.superblock().hasMetadataChecksums()) {
        buffer.putInt(
            CHECKSUM_AT, changes.superblock().checksums().ofAttributes(block, bytes, CHECKSUM_AT));
      }
    }
    file.clearAttributeBlock();
    file.addBlocks(-1);
  }
}
