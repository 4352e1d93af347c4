package io.diskformat.inside.xfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The blocks of extended attributes, of which none is read twice. For one thread. */
final class AttributeBlocks {
  private static final String NAME = "extended attributes";

  private final XfsVolume volume;
  private final Fork fork;
  private final List<Run> runs;
  private final Set<Long> read = new HashSet<>();

  AttributeBlocks(XfsVolume volume, Fork fork) throws IOException {
    this.volume = volume;
    this.fork = fork;
    this.runs = Runs.of(volume, fork);
  }

  /**
   * Reads a block of the fork.
   *
   * @throws io.diskformat.CorruptImageException if there is none, or it was read before
   */
  ByteBuffer read(long block) throws IOException {
    int index = Runs.find(runs, block);
    Run run = index < runs.size() ? runs.get(index) : null;
    if (run == null || block < run.first() || !run.isWritten()) {
      throw volume.corrupt(
          NAME, fork.position(), "of inode " + fork.owner() + " have no block " + block);
    }
    long position = volume.position(run.block() + block - run.first(), 1, NAME, fork.position());
    if (!read.add(position)) {
      throw volume.corrupt(NAME, position, "lead back to a block");
    }
    ByteBuffer bytes = volume.read(position, volume.superblock().blockSize(), NAME);
    volume.checkOwn(bytes, Header.ATTRIBUTES, fork.owner(), NAME, position);
    return bytes;
  }

  /** Returns where the blocks of the fork are. */
  List<Run> runs() {
    return runs;
  }
}
