package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import io.diskformat.OpenOptions;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Walks through what the library does, step by step, and tells of each. */
final class Demo {
  private static final String INDENT = "   ";
  private static final int PICTURE_WIDTH = 64;
  private static final int CALL_COLUMN = 50;
  private static final String MESSAGE = "Written by diskformat, and durable since the flush.";

  private final Terminal terminal;
  private final AllocationPicture picture;
  private final Path directory;
  private int steps;

  /** Begins in an empty directory, which the caller deletes. */
  Demo(Terminal terminal, Path directory) {
    this.terminal = terminal;
    this.picture = new AllocationPicture(terminal.charset(), terminal.isInteractive());
    this.directory = directory;
  }

  void run() throws IOException {
    terminal.line(
        "Each step is a call or two into the library, on files that are deleted at the end.");
    Path qcow2 = directory.resolve("disk.qcow2");
    Path raw = directory.resolve("disk.raw");
    DemoImage.write(qcow2);
    step("Open a qcow2 image that QEMU made", "DiskImages.open(path)");
    try (DiskImage image = DiskImages.open(qcow2)) {
      describe(image.info(), Files.size(qcow2));
      step("See where its disk is stored", "image.extents()");
      draw(image);
      step("Read its first sector", "image.read(offset, buffer)");
      tell(text(image, 0));
      step("Convert it to raw", "Conversion.from(image).to(path, ...)");
      convert(image, raw);
      step("Compare the two", "Comparison.of(image, raw)");
      compare(image, raw);
      step("Hash both", "ContentHash.sha256().of(device)");
      hash(image, raw);
      step("Open the snapshot that is inside", "image.openSnapshot(name)");
      compareSnapshot(image);
    }
    step("Create an image, write, flush, read back", "DiskImages.create(path, options)");
    create(directory.resolve("new.raw"));
    step("Open a hostile image", "DiskImages.open(path)");
    refuse(directory.resolve("hostile.qcow2"));
    terminal.line("");
    terminal.line("Now with an image of your own: diskformat info FILE");
  }

  private void step(String title, String call) throws IOException {
    if (Thread.interrupted()) {
      throw new InterruptedIOException();
    }
    String heading = "\n" + ++steps + ". " + title;
    terminal.line(heading + " ".repeat(Math.max(2, CALL_COLUMN - heading.length())) + call);
    // What is shown is shown when it happens.
    terminal.flush();
  }

  private void tell(String text) throws IOException {
    terminal.line(INDENT + text);
  }

  private void describe(ImageInfo info, long fileSize) throws IOException {
    tell(
        info.format()
            + ", a disk of "
            + Sizes.human(info.virtualSize())
            + " in a file of "
            + Sizes.human(fileSize)
            + ", clusters of "
            + Sizes.human(info.clusterSize().orElse(0))
            + ",");
    tell("a snapshot named \"" + info.snapshots().getFirst().name() + "\"");
  }

  private void draw(DiskImage image) throws IOException {
    for (String line : picture.draw(image, DemoImage.CLUSTER_SIZE, PICTURE_WIDTH)) {
      tell(line);
    }
    tell(picture.legend() + "   (each 4 KiB)");
  }

  private static String text(BlockDevice device, long offset) throws IOException {
    byte[] sector = new byte[512];
    device.read(offset, sector);
    return '"' + new String(sector, StandardCharsets.US_ASCII).split("[\\n\\00]", 2)[0] + '"';
  }

  private void convert(DiskImage image, Path raw) throws IOException {
    long start = System.nanoTime();
    Conversion.from(image).to(raw, CreateOptions.format("raw")).run();
    long millis = (System.nanoTime() - start) / 1_000_000;
    try (DiskImage copy = DiskImages.open(raw)) {
      tell(
          Sizes.human(copy.size())
              + " in "
              + millis
              + " ms; on the host it takes "
              + Sizes.human(copy.info().allocatedSize().orElse(copy.size()))
              + ":");
      for (String line : picture.draw(copy, DemoImage.CLUSTER_SIZE, PICTURE_WIDTH)) {
        tell(line);
      }
    }
  }

  private void compare(DiskImage image, Path raw) throws IOException {
    try (DiskImage copy = DiskImages.open(raw)) {
      tell(verdict(Comparison.of(image, copy).run()));
    }
  }

  private static String verdict(Comparison.Result result) {
    return result.isIdentical()
        ? "the same disk"
        : "different disks, from offset " + result.offset().orElse(0) + " on";
  }

  private void hash(DiskImage image, Path raw) throws IOException {
    try (DiskImage copy = DiskImages.open(raw)) {
      tell("qcow2  " + ContentHash.sha256().of(image).hex());
      tell("raw    " + ContentHash.sha256().of(copy).hex());
    }
  }

  private void compareSnapshot(DiskImage image) throws IOException {
    try (BlockDevice snapshot = image.openSnapshot(DemoImage.SNAPSHOT)) {
      tell("compared with the disk as it is now: " + verdict(Comparison.of(image, snapshot).run()));
    }
  }

  private void create(Path file) throws IOException {
    DiskImages.create(file, CreateOptions.format("raw").size(1 << 30));
    try (DiskImage disk = DiskImages.open(file, OpenOptions.writable().format("raw"))) {
      long offset = disk.size() / 2;
      disk.write(offset, MESSAGE.getBytes(StandardCharsets.US_ASCII));
      disk.flush();
      tell(text(disk, offset));
      tell(
          "at "
              + offset
              + " of "
              + Sizes.human(disk.size())
              + ", of which the host stores "
              + Sizes.human(disk.info().allocatedSize().orElse(disk.size())));
    }
  }

  private void refuse(Path file) throws IOException {
    DemoImage.write(file, "/etc/passwd");
    try (DiskImage image = DiskImages.open(file)) {
      throw new AssertionError(image + " was opened");
    } catch (ReferenceDeniedException e) {
      String message = String.valueOf(e.getMessage());
      int start = message.indexOf("backing file");
      tell("refused: its " + message.substring(start, message.indexOf(':', start)) + ",");
      tell("as no file that an image names is, unless the caller allows it");
    }
  }
}
