package io.diskformat.inspect;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The partition table of a disk: an MBR with its logical partitions, or a GPT. {@link
 * PartitionTables} finds it. Immutable.
 *
 * @param kind which of the two
 * @param sectorSize the size of the sectors that the table counts in, in bytes
 * @param id the identifier of the disk in lower case: eight hexadecimal digits in an MBR, a GUID in
 *     a GPT
 * @param partitions the partitions, in the order of their numbers, without the extended ones that
 *     hold others
 * @param problems what is wrong with the table, each in one sentence; what was listed all the same
 *     can be read
 */
public record PartitionTable(
    Kind kind, int sectorSize, String id, List<Partition> partitions, List<String> problems) {

  /** The kinds of partition tables. */
  public enum Kind {
    /** The table of the first sector, as PCs with a BIOS have it. */
    MBR,
    /** The GUID partition table. */
    GPT;

    /** Returns the name that {@code parted} and libblkid call it by. */
    @Override
    public String toString() {
      return this == MBR ? "dos" : name().toLowerCase(Locale.ROOT);
    }
  }

  /** Copies the lists. */
  public PartitionTable {
    partitions = List.copyOf(partitions);
    problems = List.copyOf(problems);
  }

  /** Returns the partition with a number, if there is one. */
  public Optional<Partition> partition(int number) {
    return partitions.stream().filter(partition -> partition.number() == number).findFirst();
  }
}
