package io.diskformat.spi;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.OpenOptions;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The formats that are installed, by name; and how an image is opened as one of them. */
public final class Formats {
  private static final String RAW = "raw";

  private Formats() {}

  private static final class Holder {
    static final Map<String, DiskFormat> INSTALLED = load();

    private static Map<String, DiskFormat> load() {
      Map<String, DiskFormat> formats = new TreeMap<>();
      for (DiskFormat format :
          ServiceLoader.load(DiskFormat.class, Formats.class.getClassLoader())) {
        DiskFormat other = formats.putIfAbsent(format.name(), format);
        if (other != null && other.getClass() != format.getClass()) {
          throw new ServiceConfigurationError(
              "format " + format.name() + " is provided by both " + other + " and " + format);
        }
      }
      return formats;
    }
  }

  /** Returns the names of the installed formats, in alphabetical order. */
  public static List<String> names() {
    return List.copyOf(Holder.INSTALLED.keySet());
  }

  /**
   * Returns the format of that name.
   *
   * @throws UnrecognizedFormatException if none is installed; the message lists those that are
   */
  public static DiskFormat named(String name) throws UnrecognizedFormatException {
    DiskFormat format = Holder.INSTALLED.get(name.toLowerCase(Locale.ROOT));
    if (format == null) {
      throw new UnrecognizedFormatException(
          "no format \"" + name + "\" is installed, only " + String.join(", ", names()));
    }
    return format;
  }

  /** Returns the name of the format whose mark the image bears, or empty if it bears none. */
  public static Optional<String> probe(Storage storage) throws IOException {
    return probe(head(storage));
  }

  private static byte[] head(Storage storage) throws IOException {
    byte[] head = new byte[(int) Math.min(DiskFormat.PROBE_LENGTH, storage.size())];
    storage.read(0, MemorySegment.ofArray(head));
    return head;
  }

  private static Optional<String> probe(byte[] head) {
    return Holder.INSTALLED.values().stream()
        .filter(format -> format.recognizes(head))
        .map(DiskFormat::name)
        .findFirst();
  }

  /**
   * Opens an image that the caller itself named. The image that is returned owns {@code storage},
   * which is closed if this throws.
   *
   * @throws io.diskformat.DiskFormatException if the image cannot be opened so
   * @throws IOException if it cannot be read
   */
  public static DiskImage open(Storage storage, OpenOptions options) throws IOException {
    References references;
    try {
      references = References.ofTop(storage, options);
    } catch (IOException | RuntimeException e) {
      storage.close();
      throw e;
    }
    return open(storage, options, references);
  }

  static DiskImage open(Storage storage, OpenOptions options, References references)
      throws IOException {
    boolean opened = false;
    try {
      DiskFormat format = formatOf(storage, options);
      DiskImage image = format.open(new OpenRequest(storage, options, references));
      opened = true;
      return image;
    } finally {
      if (!opened) {
        storage.close();
      }
    }
  }

  private static DiskFormat formatOf(Storage storage, OpenOptions options) throws IOException {
    if (options.format().isPresent()) {
      try {
        return named(options.format().get());
      } catch (UnrecognizedFormatException e) {
        throw new UnrecognizedFormatException(storage.name() + ": " + e.getMessage());
      }
    }
    byte[] head = head(storage);
    Optional<String> probed = probe(head);
    if (probed.isEmpty()) {
      Optional<String> foreign = ForeignMarks.on(head);
      if (foreign.isPresent()) {
        throw new UnrecognizedFormatException(
            storage.name()
                + ": looks like "
                + foreign.get()
                + ", which is not installed (only "
                + String.join(", ", names())
                + "); to read it as a raw disk, name that format");
      }
      if (options.isWritable()) {
        throw new UnrecognizedFormatException(
            storage.name()
                + ": of no format that is recognized, and not taken for raw unless named so");
      }
    }
    return named(probed.orElse(RAW));
  }

  /**
   * Lays out a new image in an empty storage.
   *
   * @throws IllegalArgumentException if an option of the format is unknown or makes no sense
   * @throws IOException if it cannot be written
   */
  public static void create(Storage storage, CreateOptions options) throws IOException {
    named(options.format()).create(storage, options);
  }
}
