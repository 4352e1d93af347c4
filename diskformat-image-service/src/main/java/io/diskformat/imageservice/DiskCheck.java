package io.diskformat.imageservice;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.transfer.Difference;
import io.diskformat.transfer.Manifest;
import io.diskformat.transfer.Verification;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says by the manifest beside a blob which bytes of the disk in it are damaged. */
final class DiskCheck {
  private static final int MOST_RANGES = 1000;

  private final BlobStore blobs;
  private final String blob;
  private final String format;
  private final String name;

  /**
   * Prepares it.
   *
   * @param image whose data it is
   */
  DiskCheck(BlobStore blobs, String blob, ImageRecord image) {
    this.blobs = blobs;
    this.blob = blob;
    this.format = String.valueOf(image.attributes().diskFormat());
    this.name = "image " + image.id();
  }

  /**
   * Returns the manifest, all of which was read.
   *
   * @return nothing if there is none
   * @throws DiskFormatException if it is not as it was written
   * @throws IOException if the store fails
   */
  Optional<Manifest> manifest() throws IOException {
    String beside = DiskManifests.name(blob);
    try {
      Manifest manifest = Manifest.open("the manifest of " + name, () -> blobs.open(beside));
      manifest.check();
      return Optional.of(manifest);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Returns the ranges that are damaged: at most a thousand, and all if nothing can be read. */
  List<ImageReport.Range> damaged(Manifest manifest) throws IOException {
    SeekableByteChannel channel = blobs.open(blob);
    try (DiskImage disk = ChannelStorage.disk(name, channel, format)) {
      List<ImageReport.Range> ranges = new ArrayList<>();
      Verification verification = Verification.by(manifest).workers(1).most(MOST_RANGES);
      for (Difference difference : verification.run(disk).differences()) {
        ranges.add(new ImageReport.Range(difference.offset(), difference.end()));
      }
      return ranges;
    } catch (DiskFormatException e) {
      return List.of(new ImageReport.Range(0, manifest.size()));
    }
  }
}
