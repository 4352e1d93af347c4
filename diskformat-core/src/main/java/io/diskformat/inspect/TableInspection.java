package io.diskformat.inspect;

import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Inspects the partition table at the start of a raw disk or a disc: if it contradicts itself or
 * the disk, different programs see different partitions.
 *
 * <p>Partitions of a disc may overlap and be listed twice, since tools make them so that a disc can
 * be started like a disk; so that is judged when it is known whether the disk is a disc.
 */
final class TableInspection {
  /** How many bytes it takes to have seen each mark of a disc. */
  private static final int MARKS_OF_DISCS_END = 0x9800;

  private static final String RULE = InspectionRules.PARTITION_TABLE;

  private final PassingImage disk;
  private final BooleanSupplier isDisc;

  /** The findings that count unless the disk is a disc. */
  private final List<String> unlessDisc = new ArrayList<>();

  private boolean knowsWhether;

  private TableInspection(PassingImage disk, BooleanSupplier isDisc) {
    this.disk = disk;
    this.isDisc = isDisc;
  }

  /**
   * Begins to look.
   *
   * @param isDisc whether the marks of a disc have been seen
   */
  static void begin(PassingImage disk, BooleanSupplier isDisc) {
    TableInspection inspection = new TableInspection(disk, isDisc);
    disk.read(0, FirstSector.SIZE, inspection::first);
    disk.read(MARKS_OF_DISCS_END - 1, 1, last -> inspection.judgeDeferred());
    disk.atEnd(1, (size, tail) -> inspection.judgeDeferred());
  }

  private void first(ByteBuffer bytes) {
    FirstSector sector = FirstSector.of("", bytes);
    List<MbrEntry> entries = sector.entries();
    boolean isUsed = entries.stream().anyMatch(entry -> entry.type() != 0 && entry.isUsed());
    if (!sector.mayBePartitionTable()) {
      return;
    }
    if (!isUsed) {
      disk.warn(RULE, MbrEntry.FIRST, "it ends as a partition table does, and has no partition");
      return;
    }
    for (int i = 0; i < entries.size(); i++) {
      int position = MbrEntry.FIRST + i * MbrEntry.SIZE;
      MbrEntry entry = entries.get(i);
      if (!entry.hasValidFlag()) {
        disk.refuse(
            RULE, position, "partition %d has the flag 0x%02x".formatted(i + 1, entry.boot()));
      }
      if (entry.type() == 0 && entry.isUsed()) {
        disk.warn(RULE, position, "partition " + (i + 1) + " has a size, and the type of none");
      }
    }
    if (sector.hasGpt()) {
      protective(entries, bytes);
    } else {
      new MbrInspection(disk, this::refuseUnlessDisc).look(entries);
    }
  }

  private void protective(List<MbrEntry> entries, ByteBuffer sector) {
    List<MbrEntry> others = new ArrayList<>();
    int count = 0;
    for (int i = 0; i < entries.size(); i++) {
      MbrEntry entry = entries.get(i);
      int position = MbrEntry.FIRST + i * MbrEntry.SIZE;
      if (entry.type() != MbrEntry.PROTECTIVE) {
        if (entry.isUsed()) {
          others.add(entry);
        }
        continue;
      }
      count++;
      if (entry.start() != 1) {
        disk.refuse(
            RULE, position, "the entry for the GPT begins at sector " + entry.start() + ", not 1");
      }
      if (sector.get(position + 1) != 0
          || sector.get(position + 2) != 2
          || sector.get(position + 3) != 0) {
        disk.warn(RULE, position, "the entry for the GPT does not begin at head 0, sector 2");
      }
    }
    if (count > 1) {
      disk.refuse(RULE, MbrEntry.FIRST, count + " entries are for the GPT");
    }
    new GptInspection(disk, others, this::refuseUnlessDisc).begin();
  }

  private void refuseUnlessDisc(long position, String sentence) {
    if (knowsWhether) {
      judge(sentence);
    } else {
      unlessDisc.add(sentence);
    }
  }

  private void judgeDeferred() {
    knowsWhether = true;
    unlessDisc.forEach(this::judge);
    unlessDisc.clear();
  }

  private void judge(String sentence) {
    if (isDisc.getAsBoolean()) {
      disk.warn(RULE, MbrEntry.FIRST, sentence);
    } else {
      disk.refuse(RULE, MbrEntry.FIRST, sentence);
    }
  }
}
