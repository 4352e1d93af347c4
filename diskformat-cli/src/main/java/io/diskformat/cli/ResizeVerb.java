package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.SizeText;
import io.diskformat.inspect.PartitionTable;
import io.diskformat.inspect.PartitionTables;
import io.diskformat.inspect.TableGrowth;
import java.io.IOException;
import java.util.List;

/** The verb {@code resize}. */
final class ResizeVerb extends ImageVerb {
  private static final long SECTOR = 512;
  private static final String LAST = "last";

  private final Argument shrink =
      flag("Allow the end of the disk to be cut off and lost.", "--shrink");
  private final Argument preallocation =
      option(
          "MODE",
          "What to allocate of what is added: off, metadata, falloc or full.",
          "--preallocation");
  private final Argument growTable =
      flag(
          "Make the partition table fit the larger disk: the backup of a GPT moves to the end.",
          "--grow-table");
  private final Argument growPartition =
      option(
          "NUMBER",
          "Make this partition take the room behind it, last for the one that ends last. What it"
              + " holds stays as it is: the guest makes a file system larger.",
          "--grow-partition");
  private final Argument progress = flag("Show progress.", "-p", "--progress");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument file =
      parameter("FILE", "The image. Its format must be named if it is raw.");

  private String size = "";

  ResizeVerb() {
    super("resize", "Changes the size of an image's disk. What is added reads as zeroes.");
    synopsis("FILE [+|-]SIZE");
    footer("A size without a sign is the new one, others are added or taken away.");
  }

  /** The size comes last, and may begin with a minus that does not make it an option. */
  @Override
  List<String> withoutVerb(List<String> args) {
    String last = args.getLast();
    if (args.size() < 3 || last.equals("-h") || last.equals("--help")) {
      return super.withoutVerb(args);
    }
    size = last;
    return super.withoutVerb(args.subList(0, args.size() - 1));
  }

  @Override
  int run(Terminal terminal) throws IOException {
    if (size.isEmpty()) {
      throw new IllegalArgumentException("resize needs FILE and SIZE; " + whereHelpIs());
    }
    String number = growPartition.valueOr(LAST);
    if (!number.matches("last|[1-9][0-9]{0,3}")) {
      throw new IllegalArgumentException(
          "--grow-partition must be a number or last, not \"" + number + "\"");
    }
    ImageName named = image(file);
    try (DiskImage image = DiskImages.open(named.file(), writing(named));
        Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
      long newSize = newSize(image.size());
      if (newSize < image.size() && !shrink.isGiven()) {
        throw new IllegalArgumentException(
            file.required()
                + ": shrinking deletes all data beyond the new end of the disk; --shrink allows"
                + " that");
      }
      String mode = preallocation.valueOr("off");
      if (newSize < image.size() && !mode.equals("off")) {
        throw new IllegalArgumentException("Preallocation can only be used for growing images");
      }
      if (newSize < image.size() && (growTable.isGiven() || growPartition.isGiven())) {
        throw new IllegalArgumentException(
            "--grow-table and --grow-partition are for disks that get larger");
      }
      boolean grows = growTable.isGiven() || growPartition.isGiven();
      if (grows) {
        checkTable(image);
      }
      image.resize(newSize, mode, bar);
      if (grows) {
        PartitionTable _ = growth(image).run();
      }
    }
    if (!quiet.isGiven()) {
      terminal.line("Image resized.");
    }
    return 0;
  }

  /** Refuses, while nothing is changed, what there is no table or no partition for. */
  private void checkTable(DiskImage image) throws IOException {
    PartitionTable table =
        PartitionTables.of(image)
            .orElseThrow(
                () -> new IllegalArgumentException(file.required() + ": has no partition table"));
    String number = growPartition.value();
    if (number != null
        && (number.equals(LAST)
            ? table.partitions().isEmpty()
            : table.partition(Integer.parseInt(number)).isEmpty())) {
      throw new IllegalArgumentException(
          file.required() + ": has no partition " + (number.equals(LAST) ? "at all" : number));
    }
  }

  private TableGrowth growth(DiskImage image) {
    TableGrowth growth = TableGrowth.of(image);
    String number = growPartition.value();
    if (number == null) {
      return growth;
    }
    return number.equals(LAST)
        ? growth.lastPartition()
        : growth.partition(Integer.parseInt(number));
  }

  /** Returns the new size of a disk, in bytes and whole sectors, given its present one. */
  private long newSize(long oldSize) {
    boolean more = size.startsWith("+");
    boolean less = size.startsWith("-");
    long bytes = SizeText.parse(more || less ? size.substring(1) : size, "size");
    if (less && bytes >= oldSize) {
      throw new IllegalArgumentException(
          file.required() + ": nothing would be left of a disk of " + oldSize + " bytes");
    }
    if (bytes > Long.MAX_VALUE - SECTOR - (more ? oldSize : 0)) {
      throw new IllegalArgumentException(file.required() + ": no disk can be that large");
    }
    long newSize = more ? oldSize + bytes : less ? oldSize - bytes : bytes;
    return (newSize + SECTOR - 1) & -SECTOR;
  }
}
