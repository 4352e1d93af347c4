package io.diskformat.storage;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The names of partial files: a dot, the name of the target or a hash of it, 64 random bits that
 * are never reused, and an ending that people recognize.
 */
final class PartialNames {
  private static final String ENDING = ".partial";
  private static final int RANDOM_DIGITS = 16;

  /**
   * The longest name of a target that is used as it is, in characters: hosts allow 255 bytes, and a
   * character may take three.
   */
  private static final int LONG_NAME = 70;

  /** The names that this process uses now. The host does not report a process's own locks to it. */
  private static final Set<String> IN_USE = ConcurrentHashMap.newKeySet();

  private PartialNames() {}

  /** Returns a new name beside a target. */
  static Path beside(Path target) {
    String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    return target.resolveSibling(start(target) + random + ENDING);
  }

  private static String start(Path target) {
    String name = target.getFileName().toString();
    boolean isLong = name.length() > LONG_NAME;
    String owner =
        isLong ? UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString() : name;
    return "." + owner + ".";
  }

  /** Returns whether a file is a partial file of a target, and not one of this process. */
  static boolean isForeign(Path file, Path target) {
    String name = file.getFileName().toString();
    String start = start(target);
    int end = name.length() - ENDING.length();
    return name.startsWith(start)
        && name.endsWith(ENDING)
        && end - start.length() == RANDOM_DIGITS
        && name.substring(start.length(), end).chars().allMatch(HexFormat::isHexDigit)
        && !IN_USE.contains(name);
  }

  /** Records that this process uses a name. */
  static void use(Path file) {
    IN_USE.add(file.getFileName().toString());
  }

  /** Records that this process no longer uses a name. */
  static void forget(Path file) {
    IN_USE.remove(file.getFileName().toString());
  }
}
