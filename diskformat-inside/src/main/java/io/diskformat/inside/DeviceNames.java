package io.diskformat.inside;

/** The names that Linux has for disks. */
final class DeviceNames {
  private static final int LETTERS = 26;

  private DeviceNames() {}

  /** Returns the name of a disk, counted from 0. */
  static String disk(int index) {
    StringBuilder letters = new StringBuilder();
    for (int rest = index; rest >= 0; rest = rest / LETTERS - 1) {
      letters.insert(0, (char) ('a' + rest % LETTERS));
    }
    return "/dev/sd" + letters;
  }
}
