package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.transfer.ContentHash;
import java.io.IOException;
import java.nio.file.Path;

/** {@code hash}. */
final class HashVerb extends ImageVerb {
  private final Argument algorithm =
      option("NAME", "For example blake3; sha256 if not given.", "--algorithm");
  private final Argument snapshot = option("SNAPSHOT", "The disk of this snapshot.", "-l");
  private final Argument progress = flag("Show progress.", "-p");
  private final Argument file = parameter("FILE", "The image.");

  HashVerb() {
    super(
        "hash",
        "Prints the checksum of an image's disk, the same whatever the image's format. It is that"
            + " of blksum: of the checksums of the blocks of the disk.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    ContentHash hash = ContentHash.algorithm(algorithm.valueOr("sha256"));
    String hex;
    try (DiskImage image = DiskImages.open(Path.of(file.required()), reading());
        BlockDevice device = Snapshots.device(image, snapshot.value());
        Progress bar = new Progress(terminal, progress.isGiven())) {
      hex = hash.progress(bar).of(device).hex();
    }
    terminal.line(hex + "  " + Terminal.printable(file.required()));
    return 0;
  }
}
