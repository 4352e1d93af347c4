package io.diskformat.inspect;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.util.Optional;

/** Finds the partition tables of disks. */
public final class PartitionTables {
  private PartitionTables() {}

  /**
   * Reads the partition table of a disk. Reads a few sectors at its start, the sectors of logical
   * partitions, and, where the GPT at the start is damaged, the end of the disk.
   *
   * @return the table, or empty if the disk has none, which is so if a file system begins with the
   *     disk
   * @throws UnsupportedFeatureException if the table is one of another kind, which it names
   * @throws CorruptImageException if the first sector says that there is a GPT, and both copies of
   *     that are damaged
   * @throws IOException if the disk cannot be read
   */
  public static Optional<PartitionTable> of(BlockDevice disk) throws IOException {
    FirstSector first = FirstSector.of(disk);
    if (!first.isPartitionTable()) {
      first.refuseForeignTable(disk);
      return Optional.empty();
    }
    return Optional.of(
        first.hasGpt() ? new GptReader(disk).read(first) : MbrReader.read(disk, first));
  }
}
