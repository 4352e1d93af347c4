package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.SizeText;
import io.diskformat.device.JoinedDevice;
import io.diskformat.picture.DiskPicture;
import java.io.IOException;

/** The verb {@code map}. */
final class MapVerb extends ReadingVerb {
  private static final int COLUMN = 16;

  private final Argument output =
      option(
          "human|json",
          "How to write it: for a person, who is shown data only, or in full.",
          "--output");
  private final Argument start = option("OFFSET", "Begin here.", "-s", "--start-offset");
  private final Argument maxLength =
      option("LENGTH", "End after LENGTH bytes.", "-l", "--max-length");
  private final Argument picture =
      flag("Draw it: how much of each part of the disk is stored, and how.", "--picture");
  private final Argument fragmentation =
      flag("With --picture: draw how far apart in the file neighbours on the disk are.",
          "--fragmentation");
  private final Argument other =
      option("FILE2", "With --picture: draw where the disk differs from that of FILE2.", "--against");
  private final Argument otherFormat = option("FMT", "The format of FILE2.", "-F");
  private final Argument target =
      option("FILE", "With --picture: draw into this file, an .svg or a .png.", "-o");
  private final PartitionOption partition = PartitionOption.of(this);
  private final Argument file = parameter("FILE", "The image.");

  MapVerb() {
    super("map", "Shows where each part of an image's disk is stored, in its whole backing chain.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    OutputFormat outputFormat = OutputFormat.of(output.valueOr("human"));
    long from = SizeText.parse(start.valueOr("0"), "start offset");
    String length = maxLength.value();
    long most = length == null ? Long.MAX_VALUE : SizeText.parse(length, "length");
    if (!picture.isGiven()
        && (fragmentation.isGiven() || other.isGiven() || target.isGiven() || otherFormat.isGiven())) {
      throw new IllegalArgumentException("--fragmentation, --against, -F and -o go with --picture");
    }
    try (DiskImage image = open(image(file))) {
      BlockDevice disk = partition.of(image);
      if (picture.isGiven()) {
        draw(from == 0 && length == null ? disk : part(disk, from, most), terminal);
        return 0;
      }
      long some = Math.min(most, Math.max(disk.size() - from, 0));
      ExtentCursor extents = disk.extents(some == 0 ? 0 : from, some);
      if (outputFormat == OutputFormat.JSON) {
        printJson(extents, from, terminal);
      } else {
        printTable(extents, terminal);
      }
    }
    return 0;
  }

  private static BlockDevice part(BlockDevice disk, long from, long most) {
    long start = Math.min(from, disk.size());
    return JoinedDevice.slice(disk, start, Math.min(most, disk.size() - start));
  }

  private void draw(BlockDevice disk, Terminal terminal) throws IOException {
    PictureTarget drawing = PictureTarget.of(target.value(), terminal);
    String against = other.value();
    if (against == null) {
      drawing.draw(
          fragmentation.isGiven()
              ? DiskPicture.fragmentation(disk, drawing.cells())
              : DiskPicture.allocation(disk, drawing.cells()));
      return;
    }
    if (fragmentation.isGiven()) {
      throw new IllegalArgumentException("--fragmentation is of one disk, --against of two");
    }
    try (DiskImage image = open(image(against, otherFormat.value()))) {
      drawing.draw(
          DiskPicture.differences(disk, partition.of(image), drawing.cells()));
    }
  }

  private static void printJson(ExtentCursor extents, long from, Terminal terminal)
      throws IOException {
    terminal.print("[");
    Extent extent = extents.next();
    if (extent == null) {
      // Programs may rely on there being an object, even where there is nothing.
      print(from, 0, 0, false, false, false, false, -1, terminal);
    }
    while (extent != null) {
      print(
          extent.offset(),
          extent.length(),
          extent.depth(),
          extent.isPresent(),
          extent.readsAsZeroes(),
          extent.kind() == Extent.Kind.DATA,
          extent.compressed(),
          extent.hostOffset(),
          terminal);
      extent = extents.next();
      if (extent != null) {
        terminal.print(",\n");
      }
    }
    terminal.print("]\n");
  }

  private static void print(
      long start,
      long length,
      int depth,
      boolean present,
      boolean zero,
      boolean data,
      boolean compressed,
      long hostOffset,
      Terminal terminal)
      throws IOException {
    terminal.print(
        "{ \"start\": "
            + start
            + ", \"length\": "
            + length
            + ", \"depth\": "
            + depth
            + ", \"present\": "
            + present
            + ", \"zero\": "
            + zero
            + ", \"data\": "
            + data
            + ", \"compressed\": "
            + compressed
            + (hostOffset < 0 ? "" : ", \"offset\": " + hostOffset)
            + "}");
  }

  private void printTable(ExtentCursor extents, Terminal terminal) throws IOException {
    terminal.line("Offset          Length          Mapped to       File");
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      if (extent.kind() != Extent.Kind.DATA) {
        continue;
      }
      String hostFile = extent.hostFile();
      if (extent.hostOffset() < 0 || hostFile == null) {
        throw new DiskFormatException(
            file.required()
                + ": contains external, encrypted or compressed clusters, which only --output=json"
                + " shows");
      }
      if (!extent.readsAsZeroes()) {
        terminal.line(
            column(extent.offset())
                + column(extent.length())
                + column(extent.hostOffset())
                + Terminal.printable(hostFile));
      }
    }
  }

  private static String column(long number) {
    String digits = number == 0 ? "0" : "0x" + Long.toHexString(number);
    return digits + " ".repeat(Math.max(COLUMN - digits.length(), 0));
  }
}
