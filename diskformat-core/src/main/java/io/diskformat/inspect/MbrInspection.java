package io.diskformat.inspect;

import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Inspects the partitions of an MBR while a disk passes by, and follows the chain of an extended
 * one.
 */
final class MbrInspection {
  private static final int SECTOR = FirstSector.SIZE;
  private static final String RULE = InspectionRules.PARTITION_TABLE;

  private final PassingImage disk;
  private final Contradictions unlessDisc;
  private final TableRanges primary = new TableRanges();
  private final TableRanges logical = new TableRanges();
  private long extendedStart;
  private long extendedEnd;
  private int tables;

  MbrInspection(PassingImage disk, Contradictions unlessDisc) {
    this.disk = disk;
    this.unlessDisc = unlessDisc;
  }

  void look(List<MbrEntry> entries) {
    for (int i = 0; i < entries.size(); i++) {
      MbrEntry entry = entries.get(i);
      int position = MbrEntry.FIRST + i * MbrEntry.SIZE;
      if (!entry.isUsed()) {
        continue;
      }
      long end = entry.start() + entry.count();
      primary.add("partition " + (i + 1), entry.start() * SECTOR, end * SECTOR, position);
      if (!entry.isExtended()) {
        continue;
      }
      if (extendedEnd > 0) {
        disk.refuse(RULE, position, "partition " + (i + 1) + " is a second extended one");
        continue;
      }
      extendedStart = entry.start();
      extendedEnd = end;
    }
    primary.findOverlap(unlessDisc);
    if (extendedEnd > 0) {
      follow(extendedStart);
    }
    disk.atEnd(
        1,
        (size, tail) -> {
          primary.findBeyond(size, (position, sentence) -> disk.refuse(RULE, position, sentence));
          logical.findOverlap(unlessDisc);
        });
  }

  private void follow(long sector) {
    disk.read(
        sector * SECTOR, SECTOR, bytes -> table(sector, bytes.order(ByteOrder.LITTLE_ENDIAN)));
  }

  private void table(long at, ByteBuffer sector) {
    if (sector.getShort(510) != (short) 0xAA55) {
      disk.refuse(RULE, at * SECTOR, "a table of a logical partition does not end with 55 AA");
      return;
    }
    if (++tables > MbrReader.MOST_LOGICAL) {
      disk.refuse(
          RULE,
          at * SECTOR,
          "there are more than " + MbrReader.MOST_LOGICAL + " logical partitions");
      return;
    }
    long next = 0;
    for (int i = 0; i < MbrEntry.COUNT; i++) {
      MbrEntry entry = MbrEntry.of(sector, i);
      long position = at * SECTOR + MbrEntry.FIRST + (long) i * MbrEntry.SIZE;
      if (!entry.isUsed()) {
        continue;
      }
      if (entry.isExtended()) {
        next = next == 0 ? extendedStart + entry.start() : next;
        continue;
      }
      long start = at + entry.start();
      if (start >= extendedEnd || start + entry.count() > extendedEnd) {
        if (i < 2) {
          disk.refuse(RULE, position, "a logical partition is not in the extended one");
        }
      } else {
        String name = "the logical partition at sector " + start;
        logical.add(name, start * SECTOR, (start + entry.count()) * SECTOR, position);
      }
    }
    if (next == 0) {
      return;
    }
    if (next <= at || next >= extendedEnd) {
      disk.refuse(
          RULE,
          at * SECTOR,
          "the table at sector %d leads to sector %d, not further into the extended partition"
              .formatted(at, next));
      return;
    }
    follow(next);
  }
}
