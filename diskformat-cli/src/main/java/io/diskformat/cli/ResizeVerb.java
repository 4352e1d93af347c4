package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** {@code resize}. */
final class ResizeVerb extends ImageVerb {
  private static final long SECTOR = 512;

  private final Argument shrink =
      flag("Allow the end of the disk to be cut off and lost.", "--shrink");
  private final Argument progress = flag("Show progress.", "-p");
  private final Argument quiet = flag("Say nothing.", "-q");
  private final Argument file =
      parameter("FILE", "The image. Its format must be named if it is raw.");

  private String size = "";

  ResizeVerb() {
    super("resize", "Changes the size of an image's disk. What is added reads as zeroes.");
    synopsis("diskformat resize [-hpqU] [--shrink] [--references=POLICY] [-f=FMT] FILE [+|-]SIZE");
  }

  /** The size comes last, and may begin with a minus that does not make it an option. */
  @Override
  String[] withoutVerb(String[] args) {
    int last = args.length - 1;
    if (last < 2 || args[last].equals("-h") || args[last].equals("--help")) {
      return super.withoutVerb(args);
    }
    size = args[last];
    return Arrays.copyOfRange(args, 1, last);
  }

  @Override
  int run(Terminal terminal) throws IOException {
    if (size.isEmpty()) {
      throw new IllegalArgumentException("resize needs an image and a size");
    }
    try (DiskImage image = DiskImages.open(Path.of(file.required()), writing(format()));
        Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
      long newSize = newSize(image.size());
      if (newSize < image.size() && !shrink.isGiven()) {
        throw new IllegalArgumentException(
            file.required()
                + ": shrinking deletes all data beyond the new end of the disk; --shrink allows"
                + " that");
      }
      image.resize(newSize, bar);
    }
    if (!quiet.isGiven()) {
      terminal.line("Image resized.");
    }
    return 0;
  }

  /** Returns the size that is wanted of a disk that now has another, in whole sectors. */
  private long newSize(long oldSize) {
    boolean more = size.startsWith("+");
    boolean less = size.startsWith("-");
    long bytes = Sizes.parse(more || less ? size.substring(1) : size, "size");
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
