package io.diskformat.inside.fat;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.inside.change.ChangedDevice;
import io.diskformat.inside.change.RunWriter;
import java.io.IOException;
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
  private final BlockDevice device;
  private final ChangedDevice changed;
  private final FatVolume volume;
  private final TableEdit table;
  private final DirectoryEdit directories;
  private final RunWriter writer;

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
    this.writer = new RunWriter(device);
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
      writer.add(block.getKey() * changed.blockSize(), block.getValue());
    }
    writer.barrier();
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
        writer.add(position, block.getValue());
      }
    }
    writer.write();
  }
}
