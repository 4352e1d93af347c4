package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.OpenOptions;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.Conversion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;

/** The demo of images that are written and read in one pass. */
final class DemoStream {
  private static final CreateOptions STREAM =
      CreateOptions.format("vmdk").option("subformat", "streamOptimized");

  private final Narration narration;
  private final Path directory;

  DemoStream(Narration narration, Path directory) {
    this.narration = narration;
    this.directory = directory;
  }

  /** Writes a disk to a channel as a VMDK, and reads that on the way. */
  void run(Path file) throws IOException {
    try (DiskImage disk = DiskImages.open(file)) {
      run(disk);
    }
  }

  private void run(BlockDevice disk) throws IOException {
    narration.step(
        "Upload it as the VMDK that ESXi imports", "Conversion.from(image).to(channel, options)");
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    Conversion.from(disk).to(Channels.newChannel(sent), STREAM).run();
    narration.say(Sizes.human(sent.size()) + " sent, compressed, each byte once");
    Path received = directory.resolve("received.raw");
    try (ImageInput input =
        DiskImages.input(
            Channels.newChannel(new ByteArrayInputStream(sent.toByteArray())),
            "the upload",
            OpenOptions.readOnly())) {
      Conversion.from(input).to(received, CreateOptions.format("raw")).run();
    }
    try (DiskImage copy = DiskImages.open(received, OpenOptions.readOnly().format("raw"))) {
      narration.say(
          "received and unpacked on the way: " + DemoTour.verdict(Comparison.of(disk, copy).run()));
    }
  }
}
