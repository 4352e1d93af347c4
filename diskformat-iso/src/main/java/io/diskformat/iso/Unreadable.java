package io.diskformat.iso;

import io.diskformat.CheckReport;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.DeviceBytes;

/** The finding of a check where a reader fails. */
final class Unreadable {
  private Unreadable() {}

  /**
   * Adds a finding.
   *
   * @param structure that was read
   * @param why what its reader says
   */
  static void add(
      CheckReport.Builder report, DeviceBytes disc, String structure, DiskFormatException why) {
    String message = String.valueOf(why.getMessage());
    String name = disc.name() + ": ";
    long position = why instanceof CorruptImageException corrupt ? corrupt.position() : -1;
    report.corruption(
        structure,
        position,
        message.startsWith(name) ? message.substring(name.length()) : message,
        "what can be read");
  }
}
