package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.util.Map;

/**
 * A file system that can be read. Implementations are stateless, and are found by {@link
 * java.util.ServiceLoader}: declare one both with {@code provides} in {@code module-info.java} and
 * in {@code META-INF/services}.
 */
public interface FileTreeFormat {

  /** Returns the name of the file system in lower case. */
  String name();

  /**
   * Returns whether a device bears the mark of this file system. Never throws because of what the
   * device holds.
   *
   * @throws IOException if the device cannot be read
   */
  boolean recognizes(BlockDevice device) throws IOException;

  /**
   * Opens the tree of a device, reading no more than is needed to find its root. The caller still
   * owns the device.
   *
   * @param options what this file system lets its reader choose; others are ignored, as they may be
   *     another file system's
   * @throws IllegalArgumentException if an option makes no sense
   * @throws DiskFormatException if the device does not hold this file system, or not the tree that
   *     was asked for
   * @throws IOException if the device cannot be read
   */
  FileTree open(BlockDevice device, Map<String, ?> options) throws IOException;

  /**
   * Begins an edit of the files of a device. Nothing is written before it is committed. The caller
   * still owns the device, and nobody else should write it meanwhile.
   *
   * @param device writable
   * @param options as {@link #open} has them
   * @throws IllegalArgumentException if an option makes no sense
   * @throws UnsupportedFeatureException if this library only reads this file system, or this one
   *     uses a feature that it only reads, such as a journal with changes in it
   * @throws DiskFormatException if the device does not hold this file system, or it makes no sense
   * @throws IOException if the device cannot be read
   */
  default FileTreeEdit edit(BlockDevice device, Map<String, ?> options) throws IOException {
    throw new UnsupportedFeatureException(device.toString(), "changing files of " + name());
  }

  /**
   * Lists the ranges of a device that neither files nor structures of the file system use, so that
   * what is stored there may be lost. Trusts a file system only if it was unmounted, and as far as
   * it is consistent.
   *
   * @param listener of ranges in the order of the device, which do not overlap; if this throws,
   *     what it was called with is void
   * @throws UnsupportedFeatureException if that is not known of this file system, or it was not
   *     unmounted
   * @throws DiskFormatException if the device does not hold this file system, or it is damaged
   * @throws IOException if the device cannot be read
   */
  default void freeRanges(BlockDevice device, FreeRangeListener listener) throws IOException {
    throw new UnsupportedFeatureException(device.toString(), "free space of " + name());
  }
}
