package io.diskformat.cli;

import io.diskformat.inside.Disk;
import io.diskformat.inspect.Partition;
import java.io.IOException;
import java.util.List;

/** The verb {@code part-list}. */
final class PartListVerb extends GuestVerb {
  PartListVerb() {
    super("part-list", "Lists the partitions of the first disk of a guest, as guestfish does.");
  }

  @Override
  int act(Terminal terminal, Disk disk) throws IOException {
    print(terminal, disk.partitions());
    return 0;
  }

  /** Lists partitions; offsets are of their first and last bytes. */
  static void print(Terminal terminal, List<Partition> partitions) throws IOException {
    int index = 0;
    for (Partition partition : partitions) {
      terminal.line("[" + index++ + "] = {");
      terminal.line("  part_num: " + partition.number());
      terminal.line("  part_start: " + partition.offset());
      terminal.line("  part_end: " + (partition.end() - 1));
      terminal.line("  part_size: " + partition.length());
      terminal.line("}");
    }
  }
}
