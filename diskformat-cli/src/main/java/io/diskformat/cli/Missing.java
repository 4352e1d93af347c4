package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.MissingData;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;

/** Warns of images whose files are too short for what was read of them. */
final class Missing {
  private Missing() {}

  /** Writes a line for each file that is too short for what was read of the devices. */
  static void report(Terminal terminal, BlockDevice... devices) {
    report(
        terminal, Arrays.stream(devices).flatMap(device -> device.missingData().stream()).toList());
  }

  /** Writes a line for each file that is too short for what was read. */
  static void report(Terminal terminal, List<MissingData> all) {
    for (MissingData missing : new LinkedHashSet<>(all)) {
      terminal.error(
          missing.file()
              + ": "
              + missing.length()
              + " bytes of the disk are not in the file, and read as zeroes: was it cut short?");
    }
  }
}
