package io.diskformat.cli;

import io.diskformat.inside.Volume;
import io.diskformat.inspect.Partition;
import io.diskformat.inspect.PartitionTable;
import io.diskformat.inspect.PartitionTable.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The commands of guestfish that say what partition tables say. */
final class FishPartitions {
  private static final int DECIMAL = 10;
  private static final int FIRST_LOGICAL = 5;

  private FishPartitions() {}

  /** What is said of a partition. */
  @FunctionalInterface
  private interface Fact {
    String of(PartitionTable table, Partition partition);
  }

  static void addTo(Map<String, FishCommand> all) {
    all.put("part-list", FishCommand.of("DEVICE", FishPartitions::list));
    all.put(
        "part-get-parttype",
        FishCommand.of(
            "DEVICE",
            (fish, args) ->
                fish.print(table(fish, args.getFirst()).kind() == Kind.MBR ? "msdos" : "gpt")));
    all.put(
        "part-get-disk-guid",
        FishCommand.of(
            "DEVICE",
            (fish, args) -> fish.print(capitals(of(Kind.GPT, table(fish, args.getFirst())).id()))));
    all.put("part-get-bootable", fact((_, partition) -> Boolean.toString(partition.isBootable())));
    all.put(
        "part-get-mbr-id",
        fact((table, partition) -> {
          var _ = of(Kind.MBR, table);
          return "0x" + Integer.toHexString(Integer.parseInt(partition.type(), 16));
        }));
    all.put(
        "part-get-mbr-part-type",
        fact((table, partition) ->
            of(Kind.MBR, table).kind() == Kind.MBR && partition.number() >= FIRST_LOGICAL
                ? "logical"
                : "primary"));
    all.put(
        "part-get-gpt-type",
        fact((table, partition) -> {
          var _ = of(Kind.GPT, table);
          return capitals(partition.type());
        }));
    all.put(
        "part-get-gpt-guid",
        fact((table, partition) -> {
          var _ = of(Kind.GPT, table);
          return capitals(partition.id());
        }));
    all.put(
        "part-get-name",
        fact((table, partition) -> {
          var _ = of(Kind.GPT, table);
          return partition.label();
        }));
    all.put(
        "part-to-dev",
        FishCommand.of("PARTITION", (fish, args) -> fish.print(volume(fish, args).parent())));
    all.put(
        "part-to-partnum",
        FishCommand.of(
            "PARTITION",
            (fish, args) ->
                fish.print(
                    Integer.toString(volume(fish, args).partition().orElseThrow().number()))));
  }

  private static FishCommand fact(Fact fact) {
    return FishCommand.of(
        "DEVICE NUMBER",
        (fish, args) -> {
          PartitionTable table = table(fish, args.getFirst());
          long number = GuestChangeVerb.number(args.get(1), DECIMAL);
          Partition partition =
              table.partitions().stream()
                  .filter(each -> each.number() == number)
                  .findFirst()
                  .orElseThrow(() ->
                      new IllegalArgumentException(
                          args.getFirst() + " has no partition " + number));
          fish.print(fact.of(table, partition));
        });
  }

  private static PartitionTable table(Fish fish, String device) throws IOException {
    return fish.session()
        .disk()
        .table(device)
        .orElseThrow(() -> new IllegalArgumentException(device + " has no partition table"));
  }

  private static PartitionTable of(Kind kind, PartitionTable table) {
    if (table.kind() != kind) {
      throw new IllegalArgumentException("the partition table is " + table.kind());
    }
    return table;
  }

  private static String capitals(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  private static Volume volume(Fish fish, List<String> arguments) throws IOException {
    Volume volume = fish.session().disk().volume(arguments.getFirst());
    if (volume.partition().isEmpty()) {
      throw new IllegalArgumentException(arguments.getFirst() + " is no partition");
    }
    return volume;
  }

  private static void list(Fish fish, List<String> arguments) throws IOException {
    PartListVerb.print(fish.terminal(), table(fish, arguments.getFirst()).partitions());
  }
}
