package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.device.JoinedDevice;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The images that are to be converted into one. */
final class Sources implements Closeable {
  private final List<DiskImage> images = new ArrayList<>();

  private Sources() {}

  /** Opens an image. */
  @FunctionalInterface
  interface Opening {
    DiskImage open(ImageName image) throws IOException;
  }

  static Sources open(List<ImageName> names, Opening opening) throws IOException {
    Sources sources = new Sources();
    boolean opened = false;
    try {
      for (ImageName name : names) {
        sources.images.add(opening.open(name));
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
   * @param snapshot the snapshot of the only image, or null for the image itself
   */
  BlockDevice device(@Nullable String snapshot) throws IOException {
    return images.size() == 1
        ? Snapshots.device(images.getFirst(), snapshot)
        : JoinedDevice.of(images.stream().map(JoinedDevice.Part::of).toList());
  }

  /** Returns the first image. */
  DiskImage first() {
    return images.getFirst();
  }

  @Override
  public void close() throws IOException {
    for (DiskImage image : images) {
      image.close();
    }
  }
}
