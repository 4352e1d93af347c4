package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.UnrecognizedFormatException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/** The installed file systems, which open the tree of a device. */
public final class FileTrees {
  private FileTrees() {}

  private static final class Holder {
    static final List<FileTreeFormat> INSTALLED =
        ServiceLoader.load(FileTreeFormat.class, FileTrees.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .toList();
  }

  /**
   * Returns the name of the file system that a device holds, or empty if it bears no mark of an
   * installed one.
   *
   * @throws UnrecognizedFormatException if it bears the marks of several
   * @throws IOException if it cannot be read
   */
  public static Optional<String> probe(BlockDevice device) throws IOException {
    return find(device).map(FileTreeFormat::name);
  }

  private static Optional<FileTreeFormat> find(BlockDevice device) throws IOException {
    Optional<FileTreeFormat> found = Optional.empty();
    for (FileTreeFormat format : Holder.INSTALLED) {
      if (format.recognizes(device)) {
        if (found.isPresent()) {
          throw new UnrecognizedFormatException(
              device + ": looks like both " + found.get().name() + " and " + format.name());
        }
        found = Optional.of(format);
      }
    }
    return found;
  }

  /**
   * Opens the tree of files that a device holds.
   *
   * @param device stays the caller's, and open as long as the tree is used
   * @param options what the file system lets its reader choose
   * @throws IllegalArgumentException if an option makes no sense
   * @throws UnrecognizedFormatException if it bears no mark of an installed file system, or those
   *     of several
   * @throws DiskFormatException if its file system makes no sense, or has no such tree
   * @throws IOException if it cannot be read
   */
  public static FileTree open(BlockDevice device, Map<String, ?> options) throws IOException {
    return known(device).open(device, options);
  }

  /**
   * Begins an edit of the files that a device holds.
   *
   * @param device writable; stays the caller's, and open as long as the edit lasts
   * @param options what the file system lets its reader choose
   * @throws IllegalArgumentException if an option makes no sense
   * @throws UnrecognizedFormatException if it bears no mark of an installed file system, or those
   *     of several
   * @throws DiskFormatException if its file system makes no sense, or is one that is only read
   * @throws IOException if it cannot be read
   */
  public static FileTreeEdit edit(BlockDevice device, Map<String, ?> options) throws IOException {
    return known(device).edit(device, options);
  }

  /**
   * Lists the ranges of a device that its file system does not use; see {@link
   * FileTreeFormat#freeRanges}.
   *
   * @param device stays the caller's
   * @param listener of ranges in the order of the device; if this throws, what it was called with
   *     is void
   * @throws UnrecognizedFormatException if it bears no mark of an installed file system, or those
   *     of several
   * @throws DiskFormatException if that is not known, or its file system is damaged
   * @throws IOException if it cannot be read
   */
  public static void freeRanges(BlockDevice device, FreeRangeListener listener) throws IOException {
    known(device).freeRanges(device, listener);
  }

  private static FileTreeFormat known(BlockDevice device) throws IOException {
    return find(device)
        .orElseThrow(
            () -> new UnrecognizedFormatException(device + ": holds no file system that is known"));
  }
}
