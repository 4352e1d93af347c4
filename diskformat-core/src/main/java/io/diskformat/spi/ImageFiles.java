package io.diskformat.spi;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.storage.ForAll;
import io.diskformat.storage.IoSupplier;
import io.diskformat.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The files of an open image: its own, its data files and extents, and the device below it. They
 * are opened one after the other, by the thread that opens the image. If one cannot be opened, all
 * of them are closed; otherwise they are closed with the image, in a fixed order.
 */
public final class ImageFiles implements Closeable {
  private final Storage image;
  private final Optional<BlockDevice> handedIn;
  private final List<Storage> others = new ArrayList<>();
  private @Nullable BlockDevice below;
  private @Nullable Closeable opened;
  private final boolean owning;

  private ImageFiles(OpenRequest request, boolean owning) {
    this.image = request.storage();
    this.owning = owning;
    this.handedIn = request.options().backing();
  }

  /**
   * Makes an image from its files.
   *
   * @param <T> the type of the image
   */
  @FunctionalInterface
  public interface Maker<T> {
    /**
     * Opens the other files that the image needs, and returns the image, which closes the files
     * when it is closed.
     *
     * @throws IOException if a file cannot be opened or read; the caller then closes all of them
     */
    T make(ImageFiles files) throws IOException;
  }

  /**
   * Opens an image and returns it.
   *
   * @param maker makes the image from its files
   * @throws IOException if that fails; then nothing is left open
   */
  public static <T> T open(OpenRequest request, Maker<T> maker) throws IOException {
    ImageFiles files = new ImageFiles(request, true);
    try {
      return maker.make(files);
    } catch (IOException | RuntimeException | Error e) {
      try (files) {
        throw e;
      }
    }
  }

  /**
   * Returns the files of an image whose own file stays open when they are closed: for an operation
   * of maintenance, which keeps that file open for the next one.
   */
  public static ImageFiles beside(OpenRequest request) {
    return new ImageFiles(request, false);
  }

  /** Returns the image's own file. */
  public Storage image() {
    return image;
  }

  /**
   * Opens a data file or an extent, and returns it.
   *
   * @throws IOException if it cannot be opened
   */
  public Storage add(IoSupplier<Storage> opener) throws IOException {
    Storage file = opener.get();
    others.add(file);
    return file;
  }

  /**
   * Returns the device below the image: the one that the caller supplied, or else the image that is
   * opened.
   *
   * @param opener opens the image below if the caller supplied no device
   * @throws IOException if it cannot be opened
   */
  public BlockDevice openBelow(IoSupplier<? extends DiskImage> opener) throws IOException {
    BlockDevice device;
    if (handedIn.isPresent()) {
      device = handedIn.get();
    } else {
      DiskImage own = opener.get();
      opened = own;
      device = own;
    }
    below = device;
    return device;
  }

  /** Returns the device below the image, or null if there is none. */
  public @Nullable BlockDevice below() {
    return below;
  }

  /** Returns the device below the image, if that is an image. */
  public Optional<DiskImage> imageBelow() {
    return below instanceof DiskImage found ? Optional.of(found) : Optional.empty();
  }

  /**
   * Closes all that was opened: other files first, then the image's own if it belongs to this, then
   * the image below. A device that the caller supplied stays open.
   */
  @Override
  public void close() throws IOException {
    // Other files go first: threads that still read the disk ask them whether it is closed.
    try (Closeable _ = opened;
        Closeable _ = owning ? image : null) {
      // What only describes images does without Guava's closer.
      ForAll.run(others.reversed(), Storage::close);
    }
  }
}
