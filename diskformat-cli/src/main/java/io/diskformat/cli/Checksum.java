package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.PlainHash;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * A checksum of a disk: its kind and its algorithm.
 *
 * @param plain whether it is that of all bytes in order, as {@code sha256sum} computes it of a raw
 *     image, and not that of {@code blksum}
 * @param algorithm the name of the algorithm in the library
 */
record Checksum(boolean plain, String algorithm) {
  private static final String BLKSUM = "blksum-";

  /**
   * Returns a checksum by the name that a tagged line has for it.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  static Checksum tagged(String tag) {
    String name = tag.toLowerCase(Locale.ROOT);
    boolean plain = !name.startsWith(BLKSUM);
    Checksum checksum = new Checksum(plain, plain ? name : name.substring(BLKSUM.length()));
    checksum.check();
    return checksum;
  }

  /** Returns its full name, which no other checksum has. */
  String name() {
    return (plain ? "" : BLKSUM) + algorithm.toLowerCase(Locale.ROOT);
  }

  /** Returns the name that a tagged line has for it. */
  String tag() {
    return name().toUpperCase(Locale.ROOT);
  }

  /**
   * Checks that it can be computed.
   *
   * @throws IllegalArgumentException if there is no such algorithm
   */
  void check() {
    PlainHash _ = PlainHash.algorithm(algorithm);
  }

  /** Returns the checksum of a disk in hexadecimal, in lower case. */
  String of(BlockDevice device, ProgressListener listener) throws IOException {
    return plain
        ? HexFormat.of().formatHex(PlainHash.algorithm(algorithm).progress(listener).of(device))
        : ContentHash.algorithm(algorithm).progress(listener).of(device).hex();
  }
}
