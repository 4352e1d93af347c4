package io.diskformat.opening;

import io.diskformat.OpenOptions;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.Probe;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;

/**
 * The installed formats, by name, and the choice among them for an image.
 *
 * <p>They are found by {@link ServiceLoader}. As the JVM opens every jar of the class path for that,
 * a program whose class path is known may name their classes by the system property {@value
 * #PROPERTY} instead, separated by commas.
 */
public final class Formats {
  /** The system property with the names of the formats' classes. */
  private static final String PROPERTY = "io.diskformat.formats";

  static final String RAW = "raw";

  private Formats() {}

  private static final class Holder {
    static final Map<String, DiskFormat> INSTALLED = load();

    private static Map<String, DiskFormat> load() {
      Map<String, DiskFormat> formats = new TreeMap<>();
      String named = System.getProperty(PROPERTY);
      ClassLoader loader = Formats.class.getClassLoader();
      for (DiskFormat format :
          named == null ? ServiceLoader.load(DiskFormat.class, loader) : created(named, loader)) {
        DiskFormat other = formats.putIfAbsent(format.name(), format);
        if (other != null && other.getClass() != format.getClass()) {
          throw new ServiceConfigurationError(
              "format " + format.name() + " is provided by both " + other + " and " + format);
        }
      }
      return formats;
    }

    private static List<DiskFormat> created(String classes, ClassLoader loader) {
      List<DiskFormat> formats = new ArrayList<>();
      for (String name : classes.split(",")) {
        try {
          Class<? extends DiskFormat> format =
              Class.forName(name, true, loader).asSubclass(DiskFormat.class);
          formats.add(format.getConstructor().newInstance());
        } catch (ReflectiveOperationException | ClassCastException e) {
          throw new ServiceConfigurationError(
              "no format: " + name + ", which " + PROPERTY + " names", e);
        }
      }
      return formats;
    }
  }

  /** Returns the names of the installed formats, in alphabetical order. */
  public static List<String> names() {
    return List.copyOf(Holder.INSTALLED.keySet());
  }

  /** Returns the installed formats, in the alphabetical order of their names. */
  public static List<DiskFormat> installed() {
    return List.copyOf(Holder.INSTALLED.values());
  }

  /**
   * Returns the installed format of a name.
   *
   * @throws UnrecognizedFormatException if there is none; the message lists those that there are
   */
  public static DiskFormat named(String name) throws UnrecognizedFormatException {
    DiskFormat format = Holder.INSTALLED.get(name.toLowerCase(Locale.ROOT));
    if (format == null) {
      throw new UnrecognizedFormatException(
          "no format \"" + name + "\" is installed, only " + String.join(", ", names()));
    }
    return format;
  }

  /**
   * Returns the name of the format whose mark an image bears, which need not be installed; or empty
   * if it bears none.
   *
   * @throws UnrecognizedFormatException if it bears the marks of several
   * @throws IOException if it cannot be read
   */
  public static Optional<String> probe(Storage storage) throws IOException {
    return Recognition.formatOf(new Probe(storage), Holder.INSTALLED.values());
  }

  /**
   * Returns the format as which to open an image: the one that the options name, or else the one
   * whose mark it bears.
   *
   * @param mayBeRaw whether an image without a mark is taken for raw
   * @throws UnrecognizedFormatException if the format is not installed, or cannot be determined
   * @throws IOException if the image cannot be read
   */
  static DiskFormat of(Storage storage, OpenOptions options, boolean mayBeRaw) throws IOException {
    if (options.format().isPresent()) {
      try {
        return named(options.format().get());
      } catch (UnrecognizedFormatException e) {
        throw new UnrecognizedFormatException(storage.name() + ": " + e.getMessage());
      }
    }
    Optional<String> probed = probe(storage);
    if (probed.isPresent() && !Holder.INSTALLED.containsKey(probed.get())) {
      throw new UnrecognizedFormatException(
          storage.name()
              + ": looks like "
              + probed.get()
              + ", which is none of the formats that are installed ("
              + String.join(", ", names())
              + "); to read it as a raw disk, name the format raw");
    }
    if (probed.isEmpty() && !mayBeRaw) {
      throw new UnrecognizedFormatException(
          storage.name()
              + ": of no format that is recognized, and not taken for raw unless named so");
    }
    return named(probed.orElse(RAW));
  }
}
