package io.diskformat.inside.ext;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The tags of a descriptor: which blocks of the volume the blocks that follow it are. A tag has one
 * of two forms; numbers have their highest byte first.
 *
 * <pre>
 * with checksums of version 3     otherwise
 *  0  block, lower 32 bits        0  block, lower 32 bits
 *  4  flags, 32 bits              4  checksum of the block, lower 16 bits
 *  8  block, upper 32 bits        6  flags, 16 bits
 *  C  checksum of the block       8  block, upper 32 bits, if the journal is wide
 *                                    two bytes more with checksums of version 2
 * </pre>
 *
 * After a tag without the flag 2 come the 16 bytes of a UUID.
 */
final class JournalTags {
  private static final int HEADER = 12;
  private static final int UUID = 16;
  private static final int ESCAPED = 1;
  private static final int SAME_UUID = 2;
  private static final int LAST = 8;

  private final JournalSuperblock superblock;
  private final ByteBuffer bytes;
  private final int end;
  private int at = HEADER;
  private boolean wasLast;

  JournalTags(JournalSuperblock superblock, ByteBuffer descriptor) {
    this.superblock = superblock;
    this.bytes = descriptor;
    this.end = descriptor.capacity() - (superblock.hasChecksums() ? Integer.BYTES : 0);
  }

  /**
   * A tag.
   *
   * @param block of the volume
   * @param escaped whether the first four bytes, which are those of the journal's mark, were
   *     replaced by zeroes
   * @param checksum of the block, or its lower 16 bits
   */
  record Tag(long block, boolean escaped, int checksum) {}

  /** Returns the next tag, or null after the last. */
  @Nullable Tag next() {
    int size = size();
    if (wasLast || at + size > end) {
      return null;
    }
    boolean third = superblock.hasChecksums3();
    int flags = third ? bytes.getInt(at + 4) : Short.toUnsignedInt(bytes.getShort(at + 6));
    int checksum = third ? bytes.getInt(at + 0xC) : Short.toUnsignedInt(bytes.getShort(at + 4));
    long block = Integer.toUnsignedLong(bytes.getInt(at));
    if (superblock.isWide()) {
      block |= (long) bytes.getInt(at + 8) << Integer.SIZE;
    }
    wasLast = (flags & LAST) != 0;
    at += size + ((flags & SAME_UUID) == 0 ? UUID : 0);
    return new Tag(block, (flags & ESCAPED) != 0, checksum);
  }

  /**
   * Puts a tag into a descriptor, and returns where the next would be.
   *
   * @param at where it is to be
   * @param last whether none follows it
   * @param checksum of the block
   */
  static int put(
      JournalSuperblock superblock,
      ByteBuffer descriptor,
      int at,
      long block,
      boolean escaped,
      boolean last,
      int checksum) {
    int flags = SAME_UUID | (escaped ? ESCAPED : 0) | (last ? LAST : 0);
    descriptor.putInt(at, (int) block);
    if (superblock.hasChecksums3()) {
      descriptor.putInt(at + 4, flags).putInt(at + 0xC, checksum);
    } else {
      short recorded = superblock.hasChecksums() ? (short) checksum : 0;
      descriptor.putShort(at + 4, recorded).putShort(at + 6, (short) flags);
    }
    if (superblock.isWide()) {
      descriptor.putInt(at + 8, (int) (block >>> Integer.SIZE));
    }
    return at + size(superblock);
  }

  private int size() {
    return size(superblock);
  }

  private static int size(JournalSuperblock superblock) {
    if (superblock.hasChecksums3()) {
      return 16;
    }
    return 8 + (superblock.isWide() ? 4 : 0) + (superblock.hasChecksums() ? 2 : 0);
  }
}
