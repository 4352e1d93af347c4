package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.filesystem.FileTreeFormat;
import io.diskformat.filesystem.FreeRangeListener;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;

/**
 * The file systems ext2, ext3 and ext4. What the journal of one that was not unmounted has in it is
 * read as if it had been written to where it belongs. The choice {@code journal} may be {@code
 * ignore} to read what is stored, as it is without the journal, or {@code refuse}.
 */
public final class Ext implements FileTreeFormat {

  /** For {@link java.util.ServiceLoader}. */
  public Ext() {}

  @Override
  public String name() {
    return "ext";
  }

  @Override
  public boolean recognizes(BlockDevice device) throws IOException {
    return Superblock.isMarked(new DeviceBytes(device));
  }

  @Override
  public FileTree open(BlockDevice device, Map<String, ?> options) throws IOException {
    JournalUse use = JournalUse.of(options.get(JournalUse.OPTION));
    return new ExtTree(open(device, use));
  }

  @Override
  public void freeRanges(BlockDevice device, FreeRangeListener listener) throws IOException {
    new FreeBlocks(ExtVolume.stored(device)).list(listener);
  }

  @Override
  public FileTreeEdit edit(BlockDevice device, Map<String, ?> options) throws IOException {
    JournalUse use = JournalUse.of(options.get(JournalUse.OPTION));
    if (use == JournalUse.IGNORE) {
      throw new IllegalArgumentException("journal=ignore is for reading only");
    }
    return ExtEdit.of(device, Instant.now());
  }

  /** Opens a volume. */
  static ExtVolume open(BlockDevice device, JournalUse use) throws IOException {
    ExtVolume stored = ExtVolume.stored(device);
    Superblock superblock = stored.superblock();
    if (!superblock.hasIncompatible(Features.RECOVER) || use == JournalUse.IGNORE) {
      return stored;
    }
    if (superblock.journalInode() == 0) {
      throw stored.unsupported("a journal of ext4 on another device, which is not empty");
    }
    JournalLog log = new JournalLog(new JournalFile(stored), device.toString());
    if (log.isEmpty()) {
      return stored;
    }
    if (use == JournalUse.REFUSE) {
      throw new DiskFormatException(device + ": was not unmounted, and its journal is not empty");
    }
    return ExtVolume.replayed(new ReplayedDevice(device, superblock.blockSize(), log.replay()));
  }
}
