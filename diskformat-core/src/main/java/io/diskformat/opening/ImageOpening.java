package io.diskformat.opening;

import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ParentIdentity;
import io.diskformat.RecordedReference;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.event.Events;
import io.diskformat.event.Span;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Opens images: determines the format, and passes it the request through which it reaches other
 * files.
 */
public final class ImageOpening {
  private ImageOpening() {}

  /**
   * Opens an image that the caller itself named. The image that is returned owns {@code storage},
   * which is closed if this throws.
   *
   * @return the open image
   * @throws io.diskformat.DiskFormatException if the image cannot be opened so
   * @throws IllegalArgumentException if the options supply a backing device, and the image is no
   *     difference to another
   * @throws IOException if it cannot be read
   */
  public static DiskImage open(Storage storage, OpenOptions options) throws IOException {
    DiskImage image = open(storage, options, linked(storage, options));
    if (options.backing().isPresent()) {
      requireDifference(image);
    }
    return image;
  }

  private static void requireDifference(DiskImage image) throws IOException {
    boolean is = false;
    try {
      ImageInfo info = image.info();
      if (info.backing().isEmpty()) {
        throw new IllegalArgumentException(
            info.file() + ": is no difference to another image, so takes no backing device");
      }
      is = true;
    } finally {
      if (!is) {
        image.close();
      }
    }
  }

  private static References linked(Storage storage, OpenOptions options) throws IOException {
    try {
      return References.ofTop(storage, options);
    } catch (IOException | RuntimeException e) {
      storage.close();
      throw e;
    }
  }

  static DiskImage open(Storage storage, OpenOptions options, References references)
      throws IOException {
    return open(
        storage,
        options,
        references,
        !options.isWritable(),
        (format, request) -> checkDisk(storage, format.open(request), options));
  }

  /** Holds a disk against the caller's limit; one that is too large is closed. */
  private static DiskImage checkDisk(Storage storage, DiskImage image, OpenOptions options)
      throws IOException {
    boolean fits = false;
    try {
      options.limits().checkDisk(storage.name(), image.size());
      fits = true;
      return image;
    } finally {
      if (!fits) {
        image.close();
      }
    }
  }

  /**
   * Opens an image that the caller itself named, for maintenance. The object that is returned owns
   * {@code storage}, which is closed if this throws.
   *
   * @return the image, open for maintenance
   * @throws io.diskformat.DiskFormatException if the image cannot be opened so
   * @throws IllegalArgumentException if the options supply a backing device
   * @throws IOException if it cannot be read
   */
  public static ImageMaintenance maintain(Storage storage, OpenOptions options) throws IOException {
    if (options.backing().isPresent()) {
      storage.close();
      throw new IllegalArgumentException(
          storage.name()
              + ": maintenance is of the images that are recorded, with no other device");
    }
    Storage read = timed(storage, options);
    // An image without a mark may be taken for raw: raw has no maintenance that could damage it.
    ImageMaintenance image = open(read, options, linked(read, options), true, DiskFormat::maintain);
    boolean fits = false;
    try {
      if (options.limits().largestDisk() < Long.MAX_VALUE) {
        options.limits().checkDisk(storage.name(), image.info().virtualSize());
      }
      fits = true;
      return new GuardedMaintenance(read, options, image);
    } finally {
      if (!fits) {
        image.close();
      }
    }
  }

  /** Returns a storage that ends a check at the deadline, if there is one. */
  private static Storage timed(Storage storage, OpenOptions options) {
    return options.limits().deadline().isPresent() && !options.isWritable()
        ? new TimedStorage(storage, options.limits())
        : storage;
  }

  /** A method of {@link DiskFormat} that opens an image. */
  @FunctionalInterface
  private interface Opening<T> {
    T by(DiskFormat format, OpenRequest request) throws IOException;
  }

  private static <T> T open(
      Storage storage,
      OpenOptions options,
      References references,
      boolean mayBeRaw,
      Opening<T> opening)
      throws IOException {
    boolean opened = false;
    try (Span span = Events.opening(storage.name(), options.isWritable())) {
      options.limits().checkDeadline(storage.name());
      DiskFormat format = Formats.of(storage, options, mayBeRaw);
      span.format(format.name());
      checkGrowth(storage, options, format);
      OpenRequest request = new GatedOpenRequest(storage, options, references, ImageOpening::open);
      T image = Faults.supply(storage, "opening", () -> opening.by(format, request));
      opened = true;
      span.succeeded();
      return image;
    } finally {
      if (!opened) {
        storage.close();
      }
    }
  }

  /** Formats other than raw make their file grow and shrink, which a block device cannot. */
  private static void checkGrowth(Storage storage, OpenOptions options, DiskFormat format)
      throws UnsupportedFeatureException {
    if (options.isWritable() && storage.hasFixedSize() && !format.name().equals(Formats.RAW)) {
      throw new UnsupportedFeatureException(
          storage.name(), "writing an image of format " + format.name() + " on a block device");
    }
  }

  /**
   * Returns the descriptions of an image that the caller itself named and of the images below it,
   * each opened by itself and for its description alone. Where the caller supplies the backing
   * device, there is no image below.
   *
   * @return the description of the image first
   * @throws io.diskformat.DiskFormatException if one of them cannot be opened so
   * @throws IOException if one cannot be read
   */
  public static List<ImageInfo> infoChain(Storage storage, OpenOptions options) throws IOException {
    OpenOptions metadata = options.reading().metadataOnly();
    List<ImageInfo> chain = new ArrayList<>();
    References.Below next = new References.Below(storage, metadata, linked(storage, metadata));
    while (true) {
      try (DiskImage image = open(next.storage(), next.options(), next.references())) {
        chain.add(image.info());
      }
      Optional<RecordedReference> backing = chain.getLast().backing();
      if (backing.isEmpty() || next.options().backing().isPresent()) {
        return chain;
      }
      next = below(next.references(), backing.get());
    }
  }

  /**
   * Returns where the name of a backing file leads.
   *
   * @param image that records the name
   */
  public static Optional<Path> locateBacking(Path image, String name) {
    return BackingName.locate(name, image);
  }

  static References.Below below(References references, RecordedReference backing)
      throws IOException {
    Optional<ParentIdentity> parent = backing.identity();
    return parent.isPresent()
        ? new ParentChoice(parent.get(), references, ImageOpening::open).open(false)
        : references.backing(backing.name(), backing.format(), false);
  }
}
