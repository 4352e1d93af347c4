package io.diskformat.cli;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The step of the demo that opens images made to do harm. */
final class HostileUploads {
  /** The position of the field of a qcow2 header that has the number of L1 entries. */
  private static final int L1_ENTRIES = 36;

  private static final String DESCRIPTOR =
      """
      # Disk DescriptorFile
      version=1
      CID=fffffffe
      parentCID=ffffffff
      createType="monolithicFlat"
      RW 2048 FLAT "/etc/shadow" 0
      """;

  private final Narration narration;
  private final Path directory;

  HostileUploads(Narration narration, Path directory) {
    this.narration = narration;
    this.directory = directory;
  }

  void run() throws IOException {
    narration.step("Open three hostile uploads", "DiskImages.open(path)");
    Path file = directory.resolve("upload.qcow2");
    DemoImage.write(file, "/etc/passwd");
    refuse("a backing file that is none of its business", file);
    Files.delete(file);
    DemoImage.write(file);
    DemoFile.change(
        file,
        channel -> {
          int _ = channel.write(ByteBuffer.allocate(4).putInt(0, -1), L1_ENTRIES);
        });
    refuse("a table of 32 GiB, says its header", file);
    Path raw = directory.resolve("upload.raw");
    byte[] descriptor = DESCRIPTOR.getBytes(StandardCharsets.US_ASCII);
    DemoFile.make(
        raw,
        channel -> {
          int _ = channel.write(ByteBuffer.wrap(descriptor));
        });
    refuse("a VMDK image whose disk is a file of the host", raw);
  }

  private void refuse(String what, Path file) throws IOException {
    try (DiskImage image = DiskImages.open(file)) {
      throw new AssertionError(image + " was opened");
    } catch (DiskFormatException e) {
      narration.say("(" + what + ")");
      narration.say(String.valueOf(e.getMessage()).replace(directory + "/", ""));
    }
  }
}
