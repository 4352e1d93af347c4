package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.inspect.PartitionTable;
import io.diskformat.inspect.PartitionTables;
import io.diskformat.inspect.TableGrowth;
import java.io.IOException;
import java.util.List;

/** The verbs {@code part-expand-gpt} and {@code part-resize}, as guestfish has them. */
final class PartVerb extends ImageVerb {
  private static final String DISK = "/dev/sda";

  private final Argument images = options("IMAGE", "The image of the disk.", "-a", "--add");
  private final Argument device = parameter("DEVICE", "The disk: /dev/sda.");
  private final Argument more;
  private final boolean resizes;

  private PartVerb(String name, String description, boolean resizes) {
    super(name, description, "-f", "--format");
    this.resizes = resizes;
    this.more =
        furtherParameters(
            "WORD", resizes ? "The number of the partition, and its last sector." : "No others.");
    synopsis(resizes ? "DEVICE NUMBER LAST-SECTOR" : "DEVICE");
  }

  /** Returns the verb that moves the backup of a GPT. */
  static PartVerb expandGpt() {
    return new PartVerb(
        "part-expand-gpt", "Moves the backup of a GPT to the end of a disk that has grown.", false);
  }

  /** Returns the verb that makes a partition larger. */
  static PartVerb resize() {
    return new PartVerb(
        "part-resize", "Makes a partition larger; what it holds stays as it is.", true);
  }

  @Override
  int run(Terminal terminal) throws IOException {
    List<String> words = more.values();
    if (images.values().size() != 1 || !device.required().equals(DISK)) {
      throw new IllegalArgumentException("-a IMAGE is of one disk, which is " + DISK);
    }
    if (words.size() != (resizes ? 2 : 0)) {
      throw new IllegalArgumentException(
          resizes
              ? "part-resize needs DEVICE, NUMBER and LAST-SECTOR; " + whereHelpIs()
              : "part-expand-gpt needs DEVICE alone; " + whereHelpIs());
    }
    ImageName named = image(images.values().getFirst(), format());
    try (DiskImage image = DiskImages.open(named.file(), writing(named))) {
      TableGrowth growth = TableGrowth.of(image);
      PartitionTable table =
          PartitionTables.of(image)
              .orElseThrow(
                  () -> new IllegalArgumentException(named.file() + ": has no partition table"));
      if (resizes) {
        int number = (int) Math.min(Integer.MAX_VALUE, number(words.get(0)));
        long last = number(words.get(1));
        growth = growth.partition(number, (last + 1) * table.sectorSize());
      } else if (table.kind() != PartitionTable.Kind.GPT) {
        throw new IllegalArgumentException(named.file() + ": has no GPT");
      }
      PartitionTable _ = growth.run();
    }
    return 0;
  }

  private static long number(String text) {
    if (!text.matches("[1-9][0-9]{0,14}")) {
      throw new IllegalArgumentException("no number: " + text);
    }
    return Long.parseLong(text);
  }
}
