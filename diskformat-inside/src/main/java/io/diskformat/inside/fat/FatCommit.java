package io.diskformat.inside.fat;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.inside.change.ChangedDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * Writes an edit out, with a barrier after each step, so that whatever a crash leaves is repaired
 * without a question, and nothing is lost that the edit did not change:
 *
 * <ol>
 *   <li>the mark that the volume is in use
 *   <li>content, and new directories; what directories grow by, empty
 *   <li>in all tables, clusters that are used; where directories end; of long names, what is not in
 *       the same sector as the entry
 *   <li>entries that are new or changed
 *   <li>entries that are gone
 *   <li>in all tables, clusters that are free; how many are; and the rest of names that are gone
 *   <li>the mark again, that it is not in use
 * </ol>
 */
final class FatCommit {
  /** What is written at once, in bytes. */
  private static final int MOST_AT_ONCE = 1 << 20;

  private final BlockDevice device;
  private final ChangedDevice changed;
  private final FatVolume volume;
  private final TableEdit table;
  private final DirectoryEdit directories;

  /** Blocks that come one after the other, to be written at once. */
  private final ByteBuffer run = ByteBuffer.allocate(MOST_AT_ONCE);

  private long runAt;

  /** Whether anything was written after the last barrier. */
  private boolean written;

  FatCommit(
      BlockDevice device,
      ChangedDevice changed,
      FatVolume volume,
      TableEdit table,
      DirectoryEdit directories) {
    this.device = device;
    this.changed = changed;
    this.volume = volume;
    this.table = table;
    this.directories = directories;
  }

  /** What a step changes. */
  private interface Step {
    void stage(ChangedDevice target) throws IOException;
  }

  void run() throws IOException {
    if (changed.changes().isEmpty()) {
      return;
    }
    step(target -> table.stageMark(target, true));
    writeContent();
    step(directories::stageEmpty);
    step(target -> {
      table.stage(target, TableEdit.Part.USED);
      directories.stageEnds(target);
      directories.stage(target, DirectoryEdit.Part.ADDED_NAMES);
    });
    step(target -> directories.stage(target, DirectoryEdit.Part.ADDED));
    step(target -> directories.stage(target, DirectoryEdit.Part.REMOVED));
    step(target -> {
      directories.stage(target, DirectoryEdit.Part.REMOVED_NAMES);
      table.stage(target, TableEdit.Part.FREED);
      stageFree(target);
    });
    step(target -> table.stageMark(target, false));
  }

  /** Makes changes of what is stored now, and has them durable. */
  private void step(Step step) throws IOException {
    ChangedDevice target = new ChangedDevice(device, changed.blockSize());
    step.stage(target);
    for (Map.Entry<Long, byte[]> block : target.changes().entrySet()) {
      add(block.getKey() * changed.blockSize(), block.getValue());
    }
    write();
    if (written) {
      device.flush();
      written = false;
    }
  }

  private void stageFree(ChangedDevice target) throws IOException {
    FreeSpaceSector sector =
        FreeSpaceSector.of(new DeviceBytes(device), volume.boot()).orElse(null);
    if (sector != null && !table.isEmpty()) {
      target.put(sector.position(), sector.with(table.freeAfter(), table.next()));
    }
  }

  /** Writes what is neither in tables nor an entry that anybody sees. */
  private void writeContent() throws IOException {
    BootSector boot = volume.boot();
    long first = boot.dataAt() / changed.blockSize();
    for (Map.Entry<Long, byte[]> block : changed.changes().tailMap(first).entrySet()) {
      long position = block.getKey() * changed.blockSize();
      if (!directories.isStaged(block.getKey()) && table.isUsed(boot.clusterAt(position))) {
        add(position, block.getValue());
      }
    }
    write();
  }

  private void add(long position, byte[] bytes) throws IOException {
    if (position != runAt + run.position() || run.remaining() < bytes.length) {
      write();
      runAt = position;
    }
    run.put(bytes);
  }

  private void write() throws IOException {
    if (run.position() > 0) {
      device.write(runAt, run.flip());
      run.clear();
      written = true;
    }
  }
}
