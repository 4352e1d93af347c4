package io.diskformat.inside.ext;

import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.inside.checksum.RawCrc32c;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.SortedMap;

/**
 * Changes blocks of a volume all at once, by its journal, which is empty before and after: they are
 * written there first, so that a crash leaves none of them, or all to be written out. What else
 * could be repaired needs no journal. {@link JournalSuperblock} and {@link JournalTags} draw it.
 */
final class JournalTransaction {
  private static final int DESCRIPTOR = 1;
  private static final int COMMIT = 2;
  private static final int LARGEST_TAG = 16;
  private static final int HEADER = 12;

  private final StageWriter writer;
  private final JournalFile journal;
  private final JournalSuperblock superblock;
  private final int blockSize;

  JournalTransaction(ExtChanges changes, StageWriter writer) throws IOException {
    this.writer = writer;
    this.journal = new JournalFile(changes.volume());
    this.superblock = JournalSuperblock.read(journal, changes.device().toString());
    this.blockSize = changes.superblock().blockSize();
  }

  /** Returns how many blocks can be changed at once; 0 if there is no journal. */
  static int mostBlocks(ExtChanges changes) throws IOException {
    Superblock volume = changes.superblock();
    if ((volume.compatible() & Features.JOURNAL) == 0 || volume.journalInode() == 0) {
      return 0;
    }
    JournalFile journal = new JournalFile(changes.volume());
    JournalSuperblock superblock = JournalSuperblock.read(journal, changes.device().toString());
    int tags = (volume.blockSize() - HEADER - Integer.BYTES) / LARGEST_TAG;
    return (int) Math.min(tags, superblock.end() - superblock.first() - 2);
  }

  /** Writes blocks. */
  void write(SortedMap<Long, byte[]> blocks) throws IOException {
    long at = superblock.first();
    ByteBuffer descriptor = header(DESCRIPTOR);
    int tagAt = HEADER;
    int left = blocks.size();
    for (Map.Entry<Long, byte[]> block : blocks.entrySet()) {
      byte[] bytes = block.getValue().clone();
      boolean escaped = ByteBuffer.wrap(bytes).getInt(0) == ReplayedDevice.MAGIC;
      if (escaped) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).putInt(0, 0);
        assert buffer.hasArray();
      }
      left--;
      tagAt =
          JournalTags.put(
              superblock, descriptor, tagAt, block.getKey(), escaped, left == 0, sum(bytes));
      at = superblock.after(at);
      writer.bytes(journal.position(at), bytes);
    }
    sign(descriptor, blockSize - Integer.BYTES);
    writer.bytes(journal.position(superblock.first()), DeviceBytes.bytesOf(descriptor));
    ByteBuffer commit = header(COMMIT);
    sign(commit, JournalLog.COMMIT_CHECKSUM_AT);
    writer.bytes(journal.position(superblock.after(at)), DeviceBytes.bytesOf(commit));
    writer.barrier();

    begin(superblock.first(), superblock.sequence());
    writer.barrier();
    writer.blocks(blocks);
    writer.barrier();
    begin(0, superblock.sequence() + 1);
    writer.barrier();
  }

  private ByteBuffer header(int type) {
    return ByteBuffer.allocate(blockSize)
        .putInt(0, ReplayedDevice.MAGIC)
        .putInt(4, type)
        .putInt(8, superblock.sequence());
  }

  private int sum(byte[] block) {
    byte[] number = ByteBuffer.allocate(Integer.BYTES).putInt(superblock.sequence()).array();
    return RawCrc32c.update(RawCrc32c.update(superblock.seed(), number), block);
  }

  private void sign(ByteBuffer block, int at) {
    if (superblock.hasChecksums()) {
      block.putInt(at, RawCrc32c.update(superblock.seed(), DeviceBytes.bytesOf(block)));
    }
  }

  /** Records where the journal begins, or that it is empty. */
  private void begin(long start, int sequence) throws IOException {
    byte[] bytes = new byte[JournalSuperblock.SIZE];
    journal.read(0).get(0, bytes);
    JournalSuperblock.put(bytes, start, sequence, superblock.hasChecksums());
    writer.bytes(journal.position(0), bytes);
  }
}
