package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.SizeText;
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
    try (DiskImage image = open(image(file))) {
      BlockDevice disk = partition.of(image);
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
