package io.diskformat.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects the partitions of a table, and what is wrong with them. */
final class Partitions {
  private final long diskSize;
  private final List<Partition> found = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  /**
   * Starts with none.
   *
   * @param diskSize the size of the disk in bytes
   */
  Partitions(long diskSize) {
    this.diskSize = diskSize;
  }

  /** Adds a partition, cut off at the end of the disk; one that begins beyond that is left out. */
  void add(Partition partition) {
    long offset = partition.offset();
    String name = "partition " + partition.number();
    if (offset >= diskSize) {
      problem(name + " begins at " + offset + ", and the disk ends at " + diskSize);
      return;
    }
    long length = partition.length();
    if (length > diskSize - offset) {
      problem(name + " ends at " + (offset + length) + ", and the disk at " + diskSize);
      length = diskSize - offset;
    }
    found.add(
        new Partition(
            partition.number(),
            offset,
            length,
            partition.type(),
            partition.id(),
            partition.label(),
            partition.isBootable()));
  }

  void problem(String sentence) {
    problems.add(sentence);
  }

  /** Returns the table. */
  PartitionTable table(PartitionTable.Kind kind, int sectorSize, String id) {
    findOverlaps();
    List<Partition> sorted =
        found.stream().sorted(Comparator.comparingInt(Partition::number)).toList();
    return new PartitionTable(kind, sectorSize, id, sorted, problems);
  }

  private void findOverlaps() {
    List<Partition> sorted =
        found.stream().sorted(Comparator.comparingLong(Partition::offset)).toList();
    for (int i = 1; i < sorted.size(); i++) {
      Partition before = sorted.get(i - 1);
      Partition partition = sorted.get(i);
      if (before.end() > partition.offset()) {
        problem("partitions " + before.number() + " and " + partition.number() + " overlap");
      }
    }
  }
}
