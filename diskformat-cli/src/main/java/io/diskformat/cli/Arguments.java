package io.diskformat.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Checks that the JVM understood the process' arguments. The JVM turns bytes that are no text in
 * its character set into U+FFFD, so that a name would lead to another file.
 */
final class Arguments {
  private static final char REPLACEMENT = '\ufffd';
  private static final Path OF_PROCESS = Path.of("/proc/self/cmdline");

  private Arguments() {}

  /**
   * Throws if an argument is not what the user gave.
   *
   * @throws IllegalArgumentException if one is not; the message has its bytes where the host
   *     reports them
   */
  static void requireUnderstood(String[] args) {
    for (int i = 0; i < args.length; i++) {
      if (args[i].indexOf(REPLACEMENT) >= 0) {
        requireUnderstood(args[i], bytesOf(args.length - i));
      }
    }
  }

  /**
   * Throws if an argument is not what its bytes say.
   *
   * @param bytes empty if they are not known
   */
  static void requireUnderstood(String argument, byte[] bytes) {
    // U+FFFD may as well be what the user gave.
    if (Arrays.equals(bytes, argument.getBytes(StandardCharsets.UTF_8))) {
      return;
    }
    throw new IllegalArgumentException(
        "\""
            + argument
            + "\": not in the character set of this process, "
            + System.getProperty("sun.jnu.encoding")
            + (bytes.length == 0 ? "" : ": its bytes are " + HexFormat.of().formatHex(bytes)));
  }

  /** Returns the bytes of the process' argument at {@code fromEnd} from the end, or none. */
  private static byte[] bytesOf(int fromEnd) {
    byte[] all;
    try {
      all = Files.readAllBytes(OF_PROCESS);
    } catch (IOException e) {
      // This host does not report them.
      return new byte[0];
    }
    int end = all.length - 1;
    for (int left = fromEnd; ; left--) {
      int start = end;
      while (start > 0 && all[start - 1] != 0) {
        start--;
      }
      if (left == 1) {
        return Arrays.copyOfRange(all, start, Math.max(start, end));
      }
      if (start == 0) {
        return new byte[0];
      }
      end = start - 1;
    }
  }
}
