package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.FileContent;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds what is stored of a file. */
final class FileData {
  /** Blocks of a file have numbers of 32 bits. */
  private static final long MOST_BLOCKS = 1L << Integer.SIZE;

  private static final int SECTOR = 512;

  private FileData() {}

  /** Returns where the blocks of a file are. */
  static FileBlocks blocks(ExtVolume volume, Inode inode) {
    return inode.has(Inode.EXTENTS)
        ? new ExtentTree(volume, inode)
        : new IndirectBlocks(volume, inode);
  }

  /**
   * Returns whether an inode has numbers of blocks. A short target of a symbolic link is where
   * these are else, if it has no block.
   */
  static boolean hasBlocks(ExtVolume volume, Inode inode) {
    if (inode.has(Inode.INLINE) || inode.kind() == Kind.OTHER) {
      return false;
    }
    if (inode.kind() != Kind.SYMBOLIC_LINK
        || inode.size() >= Inode.BLOCKS_SIZE
        || inode.has(Inode.EXTENTS)) {
      return true;
    }
    long unit = inode.has(Inode.HUGE) ? volume.superblock().blockSize() : SECTOR;
    long ofAttributes = inode.attributeBlock() == 0 ? 0 : volume.superblock().clusterSize();
    return inode.sectors() * unit > ofAttributes;
  }

  /** Returns the content of a file or a symbolic link that has blocks. */
  static BlockDevice content(ExtVolume volume, Inode inode) throws IOException {
    check(volume, inode);
    if (inode.has(Inode.INLINE)) {
      return FileContent.of(volume.device(), inline(volume, inode));
    }
    return new ExtContent(volume, blocks(volume, inode), inode.size());
  }

  /**
   * Returns where content is that has no blocks: where their numbers are else, and what does not
   * fit there in an extended attribute.
   */
  static List<ByteRange> inline(ExtVolume volume, Inode inode) throws IOException {
    List<ByteRange> ranges = new ArrayList<>();
    long first = Math.min(inode.size(), Inode.BLOCKS_SIZE);
    ranges.add(new ByteRange(inode.position() + Inode.BLOCKS_AT, first));
    long more = inode.size() - first;
    if (more > 0) {
      Optional<ExtendedAttribute> data = new ExtendedAttributes(volume, inode).inlineData();
      if (data.isEmpty() || data.get().inode() != 0) {
        throw volume.corrupt(
            "inode",
            inode.position(),
            inode.number() + " has no blocks, and " + more + " bytes of it are missing");
      }
      long there = Math.min(more, data.get().size());
      if (there > 0) {
        ranges.add(new ByteRange(data.get().position(), there));
      }
      if (more > there) {
        // What mke2fs puts there of a file that has a hole at its end.
        ranges.add(ByteRange.hole(more - there));
      }
    }
    return ranges;
  }

  /**
   * Checks that content can be read, and its size be.
   *
   * @throws UnsupportedFeatureException if it is not stored as it is
   * @throws CorruptImageException if no file can be as large
   */
  static void check(ExtVolume volume, Inode inode) throws IOException {
    if (inode.has(Inode.ENCRYPTED)) {
      throw volume.unsupported("an encrypted file of ext4, inode " + inode.number());
    }
    if (inode.has(Inode.COMPRESSED)) {
      throw volume.unsupported("a compressed file of ext2, inode " + inode.number());
    }
    if (inode.size() < 0 || inode.size() > MOST_BLOCKS * volume.superblock().blockSize()) {
      throw volume.corrupt(
          "inode", inode.position(), inode.number() + " has " + inode.size() + " bytes");
    }
  }
}
