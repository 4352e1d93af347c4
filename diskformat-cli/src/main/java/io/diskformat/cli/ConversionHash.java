package io.diskformat.cli;

import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The checksum of the disk that a conversion reads, if it is wanted. */
final class ConversionHash {
  private final @Nullable ContentHash hash;
  private ContentHash.@Nullable Result result;

  /**
   * Creates an object for one conversion.
   *
   * @param algorithm of the checksum, or null if none is wanted
   * @throws IllegalArgumentException if there is no such algorithm
   */
  ConversionHash(@Nullable String algorithm) {
    this.hash = algorithm == null ? null : ContentHash.algorithm(algorithm);
  }

  /** Runs a conversion, and hashes what it reads. */
  void run(Conversion conversion) throws IOException {
    if (hash == null) {
      conversion.run();
    } else {
      result = conversion.runAndHash(hash);
    }
  }

  /**
   * Prints the checksum in the form of {@code sha256sum}.
   *
   * @param file the image that was read
   * @param aside whether the standard output is the new image
   */
  void print(String file, boolean aside, Terminal terminal) throws IOException {
    ContentHash.Result computed = result;
    if (computed == null) {
      return;
    }
    String line = new ChecksumLine("", file, computed.hex()).text();
    if (aside) {
      terminal.aside(Terminal.printable(line) + "\n");
    } else {
      terminal.line(terminal.isInteractive() ? Terminal.printable(line) : line);
    }
  }
}
