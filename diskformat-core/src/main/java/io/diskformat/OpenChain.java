package io.diskformat;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image that is open for reading over one below it that is open for writing: what a commit over
 * several images needs. {@link DiskImages#openDownTo} opens it, and {@link
 * io.diskformat.maintenance.LayerCommit#run(BlockDevice, int, DiskImage,
 * io.diskformat.ProgressListener)} commits it.
 */
public final class OpenChain implements Closeable {
  private final DiskImage base;
  private final List<DiskImage> layers;

  /**
   * Creates an object for open images, which are closed with it.
   *
   * @param base the image below all others
   * @param layers the images above it, that next above it first; at least one
   */
  public OpenChain(DiskImage base, List<DiskImage> layers) {
    this.base = base;
    this.layers = List.copyOf(layers);
  }

  /** Returns the image whose disk is that of all together. */
  public DiskImage top() {
    return layers.getLast();
  }

  /** Returns how many images are above the base. */
  public int layers() {
    return layers.size();
  }

  /** Returns the image that is open for writing. */
  public DiskImage base() {
    return base;
  }

  /** Closes all images. */
  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (DiskImage layer : layers.reversed()) {
      failure = close(layer, failure);
    }
    failure = close(base, failure);
    if (failure != null) {
      throw failure;
    }
  }

  private static @Nullable IOException close(DiskImage image, @Nullable IOException earlier) {
    try {
      image.close();
      return earlier;
    } catch (IOException e) {
      if (earlier == null) {
        return e;
      }
      earlier.addSuppressed(e);
      return earlier;
    }
  }
}
