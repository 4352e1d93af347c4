package io.diskformat.inspect;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.util.Comparator;
import java.util.Objects;

/**
 * Makes the partition table of a disk that has grown fit its new size, and partitions larger. Of a
 * GPT, the backup is moved to the end of the disk, and the MBR before it covers all of the disk; an
 * MBR need not be changed for the disk's sake.
 *
 * <pre>{@code
 * image.resize(20L << 30);
 * TableGrowth.of(image).lastPartition().run();
 * }</pre>
 *
 * <p>What a partition holds stays as it is: a file system is made larger by the guest. At each
 * moment, killed or cut, there is a table on the disk that is valid: the old one or the new one.
 *
 * <p>Immutable: each method that changes a setting returns a new object.
 */
public final class TableGrowth {
  /** Stands for the partition that ends last. */
  private static final int LAST = -1;

  private static final int NONE = 0;

  private final BlockDevice disk;
  private final int number;
  private final long end;

  private TableGrowth(BlockDevice disk, int number, long end) {
    this.disk = disk;
    this.number = number;
    this.end = end;
  }

  /**
   * Returns the growth of a disk's table, and of no partition.
   *
   * @param disk writable; stays open
   * @throws IllegalArgumentException if it is not writable
   */
  public static TableGrowth of(BlockDevice disk) {
    if (!disk.isWritable()) {
      throw new IllegalArgumentException("not opened for writing: " + disk);
    }
    return new TableGrowth(Objects.requireNonNull(disk), NONE, GrownEnd.ALL_ROOM);
  }

  /**
   * Returns this growth with a partition that takes all the room behind it, up to the next one or
   * the end of the disk. Where a logical partition grows, the extended one that it is in does, too.
   *
   * @param partition its number
   * @throws IllegalArgumentException if no partition has that
   */
  public TableGrowth partition(int partition) {
    checkNumber(partition);
    return new TableGrowth(disk, partition, GrownEnd.ALL_ROOM);
  }

  /**
   * Returns this growth with a partition that is to end elsewhere.
   *
   * @param partition its number
   * @param newEnd where it ends on the disk, in bytes: where the first byte is that is not of it
   * @throws IllegalArgumentException if no partition has that number, or ends there
   */
  public TableGrowth partition(int partition, long newEnd) {
    checkNumber(partition);
    if (newEnd <= 0) {
      throw new IllegalArgumentException("no end of a partition: " + newEnd);
    }
    return new TableGrowth(disk, partition, newEnd);
  }

  private static void checkNumber(int partition) {
    if (partition < 1) {
      throw new IllegalArgumentException("no number of a partition: " + partition);
    }
  }

  /** Returns this growth with the partition that ends last, which takes all the room behind it. */
  public TableGrowth lastPartition() {
    return new TableGrowth(disk, LAST, GrownEnd.ALL_ROOM);
  }

  /**
   * Changes the table, and makes that durable. What fits already is not written.
   *
   * @return the table as it is then
   * @throws IllegalArgumentException if the disk has no partition table, or no such partition, or
   *     that cannot end there
   * @throws UnsupportedFeatureException if the table is of a kind that is not known, or the disk is
   *     smaller than its table says
   * @throws CorruptImageException if no copy of a GPT is valid
   * @throws IOException if the disk cannot be read or written
   */
  public PartitionTable run() throws IOException {
    PartitionTable table = table();
    Partition grown = number == NONE ? null : partitionOf(table);
    FirstSector first = FirstSector.of(disk);
    if (table.kind() == PartitionTable.Kind.GPT) {
      new GptGrowth(disk, first, table).run(grown, end);
    } else if (grown != null) {
      new MbrGrowth(disk, first).run(grown, end);
    }
    return table();
  }

  private PartitionTable table() throws IOException {
    return PartitionTables.of(disk)
        .orElseThrow(() -> new IllegalArgumentException(disk + ": has no partition table"));
  }

  private Partition partitionOf(PartitionTable table) {
    return (number == LAST
            ? table.partitions().stream().max(Comparator.comparingLong(Partition::end))
            : table.partition(number))
        .orElseThrow(() ->
            new IllegalArgumentException(
                number == LAST
                    ? disk + ": has no partitions"
                    : disk + ": has no partition " + number));
  }
}
