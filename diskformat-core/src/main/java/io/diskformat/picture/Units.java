package io.diskformat.picture;

import java.util.Locale;

/** Writes numbers of bytes in few characters. */
final class Units {
  private static final String[] NAMES = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Units() {}

  static String text(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < NAMES.length - 1) {
      value /= 1024;
      unit++;
    }
    boolean whole = value >= 100 || Math.rint(value) == value;
    return String.format(Locale.ROOT, whole ? "%.0f %s" : "%.1f %s", value, NAMES[unit]);
  }
}
