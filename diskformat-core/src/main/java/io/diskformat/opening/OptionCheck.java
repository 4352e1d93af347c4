package io.diskformat.opening;

import io.diskformat.CreateOptions;
import io.diskformat.FormatOption;
import io.diskformat.spi.CommonOptions;
import io.diskformat.spi.DiskFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Checks the options of a new image against those that its format declares. */
final class OptionCheck {
  /** Options that QEMU has and this library does not, and why. */
  private static final Map<String, String> FOREIGN =
      new TreeMap<>(
          Map.of(
              "nocow",
              "whether the host copies on write is set on the directory, by chattr +C",
              "extent_size_hint",
              "the host's extents are set on the directory, by xfs_io -c extsize",
              "encryption",
              "such images are only read; use encrypt.format=luks"));

  private OptionCheck() {}

  /**
   * Checks names and values, and that a backing format comes with a backing file.
   *
   * @param file the new image, as the caller named it
   * @throws IllegalArgumentException if an option is unknown, or its value is invalid
   */
  static void check(String file, DiskFormat format, CreateOptions options) {
    for (Map.Entry<String, String> given : options.options().entrySet()) {
      FormatOption declared = declared(file, format, given.getKey());
      try {
        declared.check(given.getValue());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
      }
    }
    requireBackingFile(file, options);
  }

  private static void requireBackingFile(String file, CreateOptions options) {
    if (CommonOptions.BACKING_FORMAT.textIn(options).isPresent()
        && CommonOptions.BACKING_FILE.textIn(options).isEmpty()) {
      throw new IllegalArgumentException(
          file
              + ": option "
              + CommonOptions.BACKING_FORMAT.name()
              + " needs "
              + CommonOptions.BACKING_FILE.name());
    }
  }

  private static FormatOption declared(String file, DiskFormat format, String name) {
    List<FormatOption> options = format.options();
    for (FormatOption option : options) {
      if (option.name().equals(name)) {
        return option;
      }
    }
    String problem =
        reason(name)
            .map(reason -> "option " + name + " of QEMU is not supported: " + reason)
            .orElseGet(() ->
                format.name()
                    + " has no option \""
                    + name
                    + "\", only "
                    + options.stream().map(FormatOption::name).collect(Collectors.joining(", ")));
    throw new IllegalArgumentException(file + ": " + problem);
  }

  private static Optional<String> reason(String name) {
    return Optional.ofNullable(FOREIGN.get(name));
  }
}
