package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.transfer.JoinedDevice;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The images that are to be converted into one. */
final class Sources implements Closeable {
  private final List<DiskImage> images = new ArrayList<>();

  private Sources() {}

  static Sources open(List<String> files, OpenOptions options) throws IOException {
    Sources sources = new Sources();
    boolean opened = false;
    try {
      for (String file : files) {
        sources.images.add(DiskImages.open(Path.of(file), options));
      }
      opened = true;
      return sources;
    } finally {
      if (!opened) {
        sources.close();
      }
    }
  }

  /**
   * Returns the one disk that the images are together.
   *
   * @param snapshot which of the only image's snapshots is meant, or null
   */
  BlockDevice device(@Nullable String snapshot) throws IOException {
    return images.size() == 1
        ? Snapshots.device(images.getFirst(), snapshot)
        : JoinedDevice.of(images.stream().map(JoinedDevice.Part::of).toList());
  }

  @Override
  public void close() throws IOException {
    for (DiskImage image : images) {
      image.close();
    }
  }
}
