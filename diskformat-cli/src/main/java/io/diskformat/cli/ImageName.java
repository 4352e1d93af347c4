package io.diskformat.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An image as the command line names it: by its file, or with {@code --image-opts} by options such
 * as {@code driver=qcow2,encrypt.key-secret=sec0,file.filename=x.qcow2}. Of the images below, the
 * passphrases may be named, as {@code backing.encrypt.key-secret=sec1}.
 *
 * @param file its file
 * @param format its format, or null to probe
 * @param secrets the ids of the secrets with the passphrases that are named: the first one's is the
 *     image's own, the next that of its backing file, and so on; an empty one is not named
 */
record ImageName(Path file, @Nullable String format, List<String> secrets) {
  private static final String BACKING = "backing.";
  private static final List<String> FILES =
      List.of("file.filename", "filename", "file.file.filename");
  private static final List<String> SECRETS = List.of("encrypt.key-secret", "key-secret");

  /** The options whose only value says what is so anyway. */
  private static final Map<String, Set<String>> KNOWN =
      Map.of(
          "file.driver",
          Set.of("file", "host_device"),
          "encrypt.format",
          Set.of("luks", "aes"),
          "read-only",
          Set.of("on", "off"),
          "file.locking",
          Set.of("on", "auto"));

  /** Returns an image that is named by its file. */
  static ImageName of(String file, @Nullable String format) {
    return new ImageName(Path.of(file), format, List.of());
  }

  /**
   * Returns an image that is named by options.
   *
   * @throws IllegalArgumentException if they make no sense, or say more than this tool has
   */
  static ImageName ofOptions(String text) {
    Map<String, String> options = FormatOptions.parse(List.of(text));
    String driver = options.remove("driver");
    String file = take(options, FILES);
    List<String> secrets = secrets(options);
    for (Map.Entry<String, Set<String>> known : KNOWN.entrySet()) {
      String value = options.get(known.getKey());
      if (value != null && known.getValue().contains(value)) {
        options.remove(known.getKey());
      }
    }
    if (!options.isEmpty()) {
      Map.Entry<String, String> other = options.entrySet().iterator().next();
      throw new IllegalArgumentException(
          "--image-opts: not supported: " + other.getKey() + "=" + other.getValue());
    }
    if (file == null) {
      throw new IllegalArgumentException("--image-opts: file.filename is missing: " + text);
    }
    // As in QEMU, "file" is the protocol below a format that is probed.
    String format = "file".equals(driver) ? null : driver;
    return new ImageName(Path.of(file), format, secrets);
  }

  /** Takes the secrets of the image and of those below it. */
  private static List<String> secrets(Map<String, String> options) {
    List<String> secrets = new ArrayList<>();
    int named = 0;
    String prefix = "";
    while (secrets.isEmpty() || hasAny(options, prefix)) {
      String secret = take(options, SECRETS, prefix);
      secrets.add(secret == null ? "" : secret);
      named = secret == null ? named : secrets.size();
      prefix += BACKING;
    }
    return List.copyOf(secrets.subList(0, named));
  }

  private static boolean hasAny(Map<String, String> options, String prefix) {
    return options.keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  private static @Nullable String take(Map<String, String> options, List<String> names) {
    return take(options, names, "");
  }

  private static @Nullable String take(
      Map<String, String> options, List<String> names, String prefix) {
    String found = null;
    for (String name : names) {
      String value = options.remove(prefix + name);
      found = value == null ? found : value;
    }
    return found;
  }
}
