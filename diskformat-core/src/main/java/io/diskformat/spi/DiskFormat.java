package io.diskformat.spi;

import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * A disk image format. Implementations are stateless, and are found by {@link
 * java.util.ServiceLoader}: declare one both with {@code provides} in {@code module-info.java} and
 * in {@code META-INF/services}.
 */
public interface DiskFormat {

  /** How many of an image's first bytes {@link #recognizes} is given, where there are as many. */
  int PROBE_LENGTH = 4096;

  /** Returns the format's name in lower case, as qemu-img spells it. */
  String name();

  /**
   * Returns whether an image is of this format, going by its first bytes alone. Must not throw
   * whatever the bytes. A format without a mark of its own answers false.
   *
   * @param head the image's first {@link #PROBE_LENGTH} bytes, or all of them if there are fewer
   */
  boolean recognizes(byte[] head);

  /**
   * Opens an image. The image that is returned owns the request's storage; if this throws, the
   * caller closes it.
   *
   * @throws DiskFormatException if the image cannot be opened as one of this format
   * @throws IOException if it cannot be read
   */
  DiskImage open(OpenRequest request) throws IOException;

  /**
   * Lays out a new image.
   *
   * @param storage empty and writable; the caller flushes and closes it, and discards it if this
   *     throws
   * @param options the format's own options among them are checked here
   * @throws IllegalArgumentException if an option is unknown or has a value that makes no sense
   * @throws io.diskformat.UnsupportedFeatureException if this format cannot be created
   * @throws IOException if it cannot be written
   */
  void create(Storage storage, CreateOptions options) throws IOException;
}
