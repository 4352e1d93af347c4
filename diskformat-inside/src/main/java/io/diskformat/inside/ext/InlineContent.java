package io.diskformat.inside.ext;

import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Changes content that is in an inode: where numbers of blocks are else, and in an extended
 * attribute. What changes of the inode is not saved.
 */
final class InlineContent {
  private final ExtChanges changes;

  InlineContent(ExtChanges changes) {
    this.changes = changes;
  }

  /** Returns how many bytes of content the inode of a file has room for. */
  int room(InodeChange file) throws IOException {
    return Inode.BLOCKS_SIZE + InodeAttributes.room(changes.volume(), file.inode());
  }

  /** Returns the content, without what is not there of it and reads as zeroes. */
  private byte[] read(InodeChange file) throws IOException {
    ExtendedAttribute more =
        new ExtendedAttributes(changes.volume(), file.inode()).inlineData().orElse(null);
    int there = more == null || more.inode() != 0 ? 0 : more.size();
    byte[] all = new byte[(int) Math.min(file.inode().size(), Inode.BLOCKS_SIZE + there)];
    int first = Math.min(all.length, Inode.BLOCKS_SIZE);
    file.bytes().get(Inode.BLOCKS_AT, all, 0, first);
    if (more != null && all.length > first) {
      file.bytes().get(more.valueAt(), all, first, all.length - first);
    }
    return all;
  }

  /** Makes this the content of a file, whose inode has room for it. */
  private void write(InodeChange file, byte[] all) throws IOException {
    int first = Math.min(all.length, Inode.BLOCKS_SIZE);
    file.bytes().put(Inode.BLOCKS_AT, new byte[Inode.BLOCKS_SIZE]);
    file.bytes().put(Inode.BLOCKS_AT, all, 0, first);
    InodeAttributes.setContent(
        changes.volume(), file.inode(), Arrays.copyOfRange(all, first, all.length));
    file.setSize(all.length);
  }

  /** Writes into a file, which may become larger; its inode has room for that. */
  void write(InodeChange file, long position, MemorySegment source) throws IOException {
    byte[] all = Arrays.copyOf(read(file), (int) file.inode().size());
    if (source.byteSize() > 0) {
      all = Arrays.copyOf(all, (int) Math.max(all.length, position + source.byteSize()));
      MemorySegment.copy(source, 0, MemorySegment.ofArray(all), position, source.byteSize());
    }
    write(file, all);
  }

  /** Makes a file shorter or longer; its inode has room for that. */
  void setSize(InodeChange file, long size) throws IOException {
    write(file, Arrays.copyOf(read(file), (int) size));
  }

  /**
   * Takes the content out of an inode, which then is one of a file without any; but for what is not
   * there of it and reads as zeroes.
   */
  byte[] leave(InodeChange file) throws IOException {
    byte[] all = file.inode().kind() == Kind.DIRECTORY ? new byte[0] : read(file);
    InodeAttributes.setContent(changes.volume(), file.inode(), null);
    ByteBuffer bytes = file.bytes();
    bytes.put(Inode.BLOCKS_AT, new byte[Inode.BLOCKS_SIZE]);
    int flags = file.inode().flags() & ~Inode.INLINE;
    if (changes.superblock().hasIncompatible(Features.EXTENTS)) {
      flags |= Inode.EXTENTS;
      ExtentTree.begin(bytes);
    }
    file.setFlags(flags);
    file.setSize(0);
    return all;
  }
}
