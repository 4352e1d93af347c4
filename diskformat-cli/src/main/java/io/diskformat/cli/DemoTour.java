package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import io.diskformat.picture.DiskPicture;
import io.diskformat.transfer.Comparison;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The step of the demo that looks at an image: what it is, where its disk is, its snapshot. */
final class DemoTour {
  private final Narration narration;
  private final Terminal terminal;

  DemoTour(Narration narration, Terminal terminal) {
    this.narration = narration;
    this.terminal = terminal;
  }

  void run(Path file) throws IOException {
    narration.step("Open a qcow2 image that QEMU made", "DiskImages.open(path)");
    DemoImage.write(file);
    try (DiskImage image = DiskImages.open(file)) {
      describe(image.info(), Files.size(file));
      int clusters = (int) (image.size() / DemoImage.CLUSTER_SIZE);
      List<String> picture = PictureTarget.lines(DiskPicture.allocation(image, clusters), terminal);
      for (String line : picture.subList(1, picture.size())) {
        narration.say(line);
      }
      narration.say("its first sector: " + text(image));
      try (BlockDevice snapshot = image.openSnapshot(DemoImage.SNAPSHOT)) {
        narration.say(
            "compared with its snapshot: " + verdict(Comparison.of(image, snapshot).run()));
      }
    }
  }

  private void describe(ImageInfo info, long fileSize) throws IOException {
    narration.say(
        info.format()
            + ", a disk of "
            + Sizes.human(info.virtualSize())
            + " in a file of "
            + Sizes.human(fileSize)
            + ", with a snapshot named \""
            + info.snapshots().getFirst().name()
            + "\"");
  }

  private static String text(BlockDevice device) throws IOException {
    byte[] sector = new byte[512];
    device.read(0, sector);
    return '"' + new String(sector, StandardCharsets.US_ASCII).split("[\\n\\00]", 2)[0] + '"';
  }

  static String verdict(Comparison.Result result) {
    return result.isIdentical()
        ? "the same disk"
        : "different disks, from offset " + result.offset().orElse(0) + " on";
  }
}
