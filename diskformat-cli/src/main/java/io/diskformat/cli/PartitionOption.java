package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.inspect.Partition;
import io.diskformat.inspect.PartitionTable;
import io.diskformat.inspect.PartitionTables;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The option {@code --partition}: a verb then works on a partition and not on the whole disk. */
final class PartitionOption {
  private final Argument argument;

  private PartitionOption(Argument argument) {
    this.argument = argument;
  }

  /** Declares the option of a verb. */
  static PartitionOption of(Verb verb) {
    return of(verb, "image", "--partition");
  }

  /** Declares the option of a verb for one of its images. */
  static PartitionOption of(Verb verb, String image, String name) {
    return new PartitionOption(
        verb.option(
            "N",
            "The disk is partition N of the "
                + image
                + ": numbered as Linux does, from 5 on if in an extended partition.",
            name));
  }

  /** Adds the number to the members of a JSON object, if it was given. */
  void describe(Map<String, Object> members) {
    String text = argument.value();
    if (text != null) {
      members.put("partition", number(text));
    }
  }

  /** Returns whether the option was given. */
  boolean isGiven() {
    return argument.isGiven();
  }

  /**
   * Returns the partition of a disk, or the disk if the option was not given. It need not be
   * closed.
   *
   * @throws DiskFormatException if the disk has no such partition
   */
  BlockDevice of(BlockDevice disk) throws IOException {
    String text = argument.value();
    if (text == null) {
      return disk;
    }
    Optional<PartitionTable> table = PartitionTables.of(disk);
    if (table.isEmpty()) {
      throw new DiskFormatException(disk + ": has no partition table");
    }
    int number = number(text);
    Optional<Partition> partition = table.get().partition(number);
    if (partition.isEmpty()) {
      throw new DiskFormatException(
          disk + ": has no partition " + number + ", only " + numbers(table.get()));
    }
    return partition.get().of(disk);
  }

  private int number(String text) {
    if (!text.matches("[0-9]{1,9}")) {
      throw new IllegalArgumentException(
          argument.names().getFirst() + " must be a number, not \"" + text + "\"");
    }
    return Integer.parseInt(text);
  }

  private static String numbers(PartitionTable table) {
    return table.partitions().isEmpty()
        ? "an empty table"
        : table.partitions().stream()
            .map(partition -> Integer.toString(partition.number()))
            .collect(Collectors.joining(", "));
  }
}
