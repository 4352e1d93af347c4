package io.diskformat.inside.ext;

import io.diskformat.CorruptImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** The file that the journal is in, by its blocks. Numbers in it have their highest byte first. */
final class JournalFile {
  static final String NAME = "journal";

  private final ExtVolume volume;
  private final Inode inode;
  private final FileBlocks blocks;
  private @Nullable Run run;

  /** Opens the journal, as it is found without looking into it. */
  JournalFile(ExtVolume volume) throws IOException {
    this.volume = volume;
    this.inode = volume.inode(volume.superblock().journalInode());
    this.blocks = FileData.blocks(volume, inode);
    FileData.check(volume, inode);
  }

  /** Returns the number of its blocks. */
  long count() {
    return inode.size() / volume.superblock().blockSize();
  }

  /** Returns where a block of it is on the device, in bytes. */
  long position(long block) throws IOException {
    Run at = run;
    if (at == null || !at.contains(block)) {
      at = blocks.at(block);
      run = at;
    }
    if (at.isHole()) {
      throw corrupt(block, "is not stored");
    }
    return volume.position(at.block() + block - at.first());
  }

  ByteBuffer read(long block) throws IOException {
    return volume
        .bytes()
        .read(position(block), volume.superblock().blockSize(), NAME)
        .order(ByteOrder.BIG_ENDIAN);
  }

  /** Returns the number of blocks that can be replaced. */
  long blocksOfVolume() {
    return volume.superblock().blocks();
  }

  int blockSize() {
    return volume.superblock().blockSize();
  }

  CorruptImageException corrupt(long block, String problem) {
    return volume.corrupt(NAME, -1, "its block " + block + " " + problem);
  }
}
