package io.diskformat.inside.ext;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.util.Arrays;

/**
 * Changes the content of files. What is behind the end in the last block is always zeroes: whoever
 * makes a file longer shows it.
 */
final class FileEdit {
  private final ExtChanges changes;
  private final BlockAllocator allocator;
  private final InlineContent inline;
  private final int blockSize;

  FileEdit(ExtChanges changes, BlockAllocator allocator) {
    this.changes = changes;
    this.allocator = allocator;
    this.inline = new InlineContent(changes);
    this.blockSize = changes.superblock().blockSize();
  }

  private BlockMap map(InodeChange file) {
    return BlockMaps.of(changes, allocator, file);
  }

  /** Writes into a file, which becomes larger if that is needed. */
  void write(InodeChange file, long position, MemorySegment source) throws IOException {
    if (file.inode().has(Inode.INLINE)) {
      if (fits(file, position, source.byteSize())) {
        inline.write(file, position, source);
        file.touchContent();
        file.save();
        return;
      }
      leaveInode(file);
    }
    BlockMap map = map(file);
    checkSize(map, Math.max(position, source.byteSize()));
    long end = position + source.byteSize();
    checkSize(map, end);
    long size = file.inode().size();
    if (end > size && source.byteSize() > 0) {
      clearBehind(map, size);
    }
    for (long at = position; at < end; ) {
      long block = at / blockSize;
      Run run = map.at(block);
      boolean isNew = run.isHole();
      if (isNew) {
        run = map.provide(block, Math.ceilDiv(end, blockSize) - block);
      }
      long until = Math.min(end, run.end() * blockSize);
      while (at < until) {
        long there = run.block() + at / blockSize - run.first();
        int within = (int) (at % blockSize);
        int length = (int) Math.min(until - at, blockSize - within);
        boolean replaced = isNew || length == blockSize;
        byte[] bytes = replaced ? changes.device().replace(there) : changes.device().change(there);
        MemorySegment.copy(source, at - position, MemorySegment.ofArray(bytes), within, length);
        at += length;
      }
    }
    if (end > size && source.byteSize() > 0) {
      file.setSize(end);
      clearBehind(map, end);
    }
    file.touchContent();
    file.save();
  }

  /** Puts content that is in an inode into blocks. */
  private void leaveInode(InodeChange file) throws IOException {
    long size = file.inode().size();
    byte[] content = inline.leave(file);
    write(file, 0, MemorySegment.ofArray(content));
    checkSize(map(file), size);
    file.setSize(size);
  }

  private boolean fits(InodeChange file, long position, long length) throws IOException {
    long room = inline.room(file);
    return file.inode().size() <= room && room - length >= position;
  }

  /** Makes a file shorter or longer. */
  void setSize(InodeChange file, long size) throws IOException {
    if (file.inode().has(Inode.INLINE)) {
      if (inline.room(file) >= size) {
        inline.setSize(file, size);
        file.touchContent();
        file.save();
        return;
      }
      leaveInode(file);
    }
    BlockMap map = map(file);
    checkSize(map, size);
    long old = file.inode().size();
    if (size < old) {
      shrink(file, map, size);
    }
    clearBehind(map, Math.min(size, old));
    file.setSize(size);
    file.touchContent();
    file.save();
  }

  private void shrink(InodeChange file, BlockMap map, long size) throws IOException {
    long kept = Math.ceilDiv(size, blockSize);
    if (!allocator.isFixed()) {
      map.cut(kept);
      return;
    }
    // One block that begins at the very end may stay.
    boolean exact = size % blockSize == 0;
    if (exact && !map.at(kept).isHole()) {
      Arrays.fill(changes.device().replace(block(map, kept)), (byte) 0);
    }
    map.cut(exact ? kept + 1 : kept);
    file.setSize(size);
  }

  private static long block(BlockMap map, long fileBlock) throws IOException {
    Run run = map.at(fileBlock);
    return run.block() + fileBlock - run.first();
  }

  /** Gives back all blocks of a file. */
  void release(InodeChange file) throws IOException {
    map(file).cut(0);
  }

  private void checkSize(BlockMap map, long size) throws IOException {
    if (size > map.mostBlocks() * blockSize) {
      throw new FileSystemException(
          changes.device().toString(), null, "no file can have " + size + " bytes");
    }
    if (size > Integer.MAX_VALUE && (changes.superblock().readOnly() & Features.LARGE_FILES) == 0) {
      throw changes.unsupported("a file of 2 GiB in ext2 without large_file");
    }
  }

  /** Makes what is behind the end of a file in its last block zeroes. */
  private void clearBehind(BlockMap map, long size) throws IOException {
    int within = (int) (size % blockSize);
    if (within == 0 || map.at(size / blockSize).isHole()) {
      return;
    }
    long block = block(map, size / blockSize);
    byte[] now = new byte[blockSize];
    changes.device().read(block * blockSize, now);
    for (int i = within; i < blockSize; i++) {
      if (now[i] != 0) {
        Arrays.fill(changes.device().change(block), within, blockSize, (byte) 0);
        return;
      }
    }
  }
}
