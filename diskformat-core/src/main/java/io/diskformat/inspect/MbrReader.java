package io.diskformat.inspect;

import io.diskformat.BlockDevice;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads an MBR and the chain of its logical partitions. Each of these is preceded by a sector with
 * entries like those of the first one: data entries, which count from that sector, and a link to
 * the next one, which counts from the start of the extended partition.
 */
final class MbrReader {
  private static final int SECTOR = FirstSector.SIZE;

  /** Linux numbers logical partitions from here on. */
  private static final int FIRST_LOGICAL = 5;

  static final int MOST_LOGICAL = 128;

  private final BlockDevice disk;
  private final String id;
  private final Partitions partitions;
  private final Map<Integer, MbrPlace> places = new HashMap<>();
  private @Nullable MbrPlace extendedPlace;

  MbrReader(BlockDevice disk, FirstSector first) throws UnsupportedFeatureException {
    first.refuseDynamicDisk();
    this.disk = disk;
    this.id = first.id();
    this.partitions = new Partitions(disk.size());
  }

  static PartitionTable read(BlockDevice disk, FirstSector first) throws IOException {
    return new MbrReader(disk, first).read(first.entries());
  }

  /** Returns where the table places each partition, by its number. */
  Map<Integer, MbrPlace> places() {
    return places;
  }

  /** Returns where the table places the extended partition, if there is one. */
  Optional<MbrPlace> extendedPlace() {
    return Optional.ofNullable(extendedPlace);
  }

  PartitionTable read(List<MbrEntry> entries) throws IOException {
    MbrEntry extended = null;
    for (int i = 0; i < entries.size(); i++) {
      MbrEntry entry = entries.get(i);
      if (!entry.isUsed()) {
        continue;
      }
      MbrPlace place = MbrPlace.of(0, i, entry.start(), entry.count());
      if (!entry.isExtended()) {
        add(i + 1, entry, entry.start());
        places.put(i + 1, place);
      } else if (extended == null) {
        extended = entry;
        extendedPlace = place;
      } else {
        partitions.problem("entry " + (i + 1) + " is a second extended partition, not followed");
      }
    }
    if (extended != null) {
      follow(extended);
    }
    return partitions.table(PartitionTable.Kind.MBR, SECTOR, id);
  }

  private void add(int number, MbrEntry entry, long start) throws UnsupportedFeatureException {
    if (entry.type() == 0) {
      partitions.problem("partition " + number + " has a size, and the type of an unused entry");
    }
    if (entry.isDivided()) {
      partitions.problem(
          "partition " + number + " has a table of BSD or Unix, whose partitions are not listed");
    }
    partitions.add(
        new Partition(
            number,
            start * SECTOR,
            entry.count() * SECTOR,
            "%02x".formatted(entry.type()),
            "%s-%02x".formatted(id, number),
            "",
            entry.isBootable()));
  }

  /**
   * Follows the links of an extended partition. Each must lead further on, so that a loop ends
   * here, too.
   */
  private void follow(MbrEntry extended) throws IOException {
    long end = extended.start() + extended.count();
    int number = FIRST_LOGICAL;
    Set<Long> starts = new HashSet<>();
    long at = extended.start();
    long linkAt = MbrPlace.NO_LINK;
    while (true) {
      ByteBuffer sector = sector(at);
      if (sector == null) {
        return;
      }
      MbrEntry link = null;
      int linkIndex = 0;
      for (int i = 0; i < MbrEntry.COUNT; i++) {
        MbrEntry entry = MbrEntry.of(sector, i);
        if (!entry.isUsed()) {
          continue;
        }
        long start = at + entry.start();
        if (entry.isExtended()) {
          linkIndex = link == null ? i : linkIndex;
          link = link == null ? entry : link;
        } else if (start >= end || start + entry.count() > end) {
          if (i < 2) {
            partitions.problem(
                "a logical partition at sector " + start + " is not in the extended one");
          }
        } else if (starts.add(start)) {
          if (number == FIRST_LOGICAL + MOST_LOGICAL) {
            partitions.problem("there are more than " + MOST_LOGICAL + " logical partitions");
            return;
          }
          places.put(number, MbrPlace.of(at, i, start, entry.count()).linkedFrom(linkAt));
          add(number++, entry, start);
        }
      }
      if (link == null) {
        return;
      }
      long next = extended.start() + link.start();
      if (next <= at || next >= end) {
        partitions.problem(
            "the table at sector "
                + at
                + " leads to sector "
                + next
                + ", not further into the extended partition");
        return;
      }
      linkAt = MbrPlace.position(at, linkIndex);
      at = next;
    }
  }

  private @Nullable ByteBuffer sector(long number) throws IOException {
    if (number > disk.size() / SECTOR - 1) {
      partitions.problem(
          "a table of a logical partition, at sector "
              + number
              + ", is beyond the end of the disk");
      return null;
    }
    ByteBuffer sector = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    disk.read(number * SECTOR, sector);
    sector.rewind();
    if (sector.getShort(510) != (short) 0xAA55) {
      partitions.problem(
          "the table of a logical partition at sector " + number + " does not end with 55 AA");
      return null;
    }
    return sector;
  }
}
