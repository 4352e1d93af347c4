package io.diskformat.opening;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.OpenChain;
import io.diskformat.OpenOptions;
import io.diskformat.RecordedReference;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Opens the images of a chain down to one of them that is anywhere below. All go through the gate,
 * from the first on, as each says what is below it; but the last one is opened for writing, and so
 * each is opened over the one below it that is open already.
 */
public final class ChainOpening {
  private final Path path;
  private final OpenOptions options;

  private ChainOpening(Path path, OpenOptions options) {
    this.path = path;
    this.options = options.reading();
  }

  /**
   * Opens a chain.
   *
   * @param base the file of an image below the first one
   * @param options how to open the first one, though only for reading
   * @throws DiskFormatException if the base is not below the image
   * @throws UnsupportedFeatureException if the image next above the base would not be a difference
   *     to it any longer once that was written
   * @throws IOException if an image cannot be opened
   */
  public static OpenChain open(Path path, Path base, OpenOptions options) throws IOException {
    ChainOpening opening = new ChainOpening(path, options);
    return opening.open(opening.linksTo(base));
  }

  private Storage file() throws IOException {
    return FileStorage.open(path, false, options.isShared() ? Sharing.UNLOCKED : Sharing.LOCKED);
  }

  /** Returns what each image records of the one below it, down to the base. */
  private List<RecordedReference> linksTo(Path base) throws IOException {
    OpenOptions metadata = options.metadataOnly();
    Storage top = file();
    References.Below next = new References.Below(top, metadata, References.ofTop(top, metadata));
    List<RecordedReference> links = new ArrayList<>();
    String formatAbove = "";
    while (true) {
      Optional<Path> file = next.storage().path();
      ImageInfo info;
      try (DiskImage image = open(next)) {
        info = image.info();
      }
      if (!links.isEmpty() && Files.exists(base) && Files.isSameFile(file.orElseThrow(), base)) {
        requireOnlyName(formatAbove);
        return links;
      }
      Optional<RecordedReference> link = info.backing();
      if (link.isEmpty()) {
        throw new DiskFormatException(
            links.isEmpty()
                ? path + ": does not have a backing file"
                : path + ": did not find '" + base + "' in its backing chain");
      }
      links.add(link.get());
      formatAbove = info.format();
      next = ImageOpening.below(next.references(), link.get());
    }
  }

  /**
   * Throws if the base is known by more than its name to the image next above it, which this opens
   * for reading.
   */
  private void requireOnlyName(String formatAbove) throws IOException {
    if (Formats.named(formatAbove).knowsContentBelow()) {
      throw new UnsupportedFeatureException(
          path.toString(),
          "writing from further above what a "
              + formatAbove
              + " image is a difference to, which would be none any longer; commit to one image"
              + " after the other");
    }
  }

  private OpenChain open(List<RecordedReference> links) throws IOException {
    List<Closeable> opened = new ArrayList<>();
    boolean complete = false;
    try {
      Storage top = file();
      opened.add(top);
      List<References.Below> chain = new ArrayList<>();
      chain.add(new References.Below(top, options, References.ofTop(top, options)));
      for (RecordedReference link : links) {
        References above = chain.getLast().references();
        References.Below below =
            chain.size() == links.size()
                ? above.backing(link.name(), link.format(), true)
                : ImageOpening.below(above, link);
        opened.add(below.storage());
        chain.add(below);
      }
      DiskImage base = open(chain.removeLast());
      opened.add(base);
      List<DiskImage> layers = new ArrayList<>();
      for (References.Below layer : chain.reversed()) {
        DiskImage below = layers.isEmpty() ? base : layers.getLast();
        OpenOptions over = layer.options().backing(below);
        layers.add(ImageOpening.open(layer.storage(), over, layer.references()));
        opened.add(layers.getLast());
      }
      complete = true;
      return new OpenChain(base, layers);
    } finally {
      if (!complete) {
        for (Closeable closeable : opened.reversed()) {
          closeable.close();
        }
      }
    }
  }

  private static DiskImage open(References.Below image) throws IOException {
    return ImageOpening.open(image.storage(), image.options(), image.references());
  }
}
