package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.SizeText;
import java.io.IOException;
import java.util.List;

/** The verb {@code resize}. */
final class ResizeVerb extends ImageVerb {
  private static final long SECTOR = 512;

  private final Argument shrink =
      flag("Allow the end of the disk to be cut off and lost.", "--shrink");
  private final Argument preallocation =
      option(
          "MODE",
          "What to allocate of what is added: off, metadata, falloc or full.",
          "--preallocation");
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
      image.resize(newSize, mode, bar);
    }
    if (!quiet.isGiven()) {
      terminal.line("Image resized.");
    }
    return 0;
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
