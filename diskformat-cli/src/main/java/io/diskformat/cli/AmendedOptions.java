package io.diskformat.cli;

import io.diskformat.DiskImages;
import io.diskformat.FormatOption;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The list of the options of a format that {@code amend} changes. */
final class AmendedOptions {
  private static final String ENCRYPTION = "encrypt.";
  private static final String QCOW2 = "qcow2";

  /** Those of passphrases, which are not among the options of a new image. */
  private static final Map<String, String> OF_KEYS =
      Map.of(
          "iter-time=<num>", "The time that trying the passphrase is to take, in milliseconds",
          "keyslot=<num>", "The slot that a passphrase gets or loses",
          "new-secret=<str>", "The --object secret that has the passphrase to be added, by its id",
          "old-secret=<str>",
              "The --object secret that has the passphrase to be removed, by its id",
          "state=<str>", "Whether a passphrase is added or removed (active, inactive)");

  private AmendedOptions() {}

  /**
   * Prints the list.
   *
   * @throws IllegalArgumentException if nothing of such images is amended
   * @throws IOException if there is no such format
   */
  static void print(String format, Terminal terminal) throws IOException {
    Map<String, String> rows = new TreeMap<>();
    for (FormatOption option : DiskImages.options(format)) {
      if (format.equals(QCOW2)) {
        switch (option.name()) {
          case "compat", "data_file", "data_file_raw", "lazy_refcounts", "refcount_bits" ->
              rows.put(option.toString(), option.description());
          default -> {}
        }
      }
    }
    Optional<String> ofKeys =
        switch (format) {
          case QCOW2 -> Optional.of(ENCRYPTION);
          case "luks" -> Optional.of("");
          default -> Optional.empty();
        };
    String prefix =
        ofKeys.orElseThrow(
            () -> new IllegalArgumentException("images of format " + format + " are not amended"));
    OF_KEYS.forEach((name, meaning) -> rows.put(prefix + name, meaning));
    if (format.equals(QCOW2)) {
      rows.put(FormatOptions.SIZE + "=<size>", "Virtual disk size");
    }
    terminal.line("Amend options for '" + format + "':");
    for (Map.Entry<String, String> row : rows.entrySet()) {
      FormatOptions.row(row.getKey(), row.getValue(), terminal);
    }
  }
}
