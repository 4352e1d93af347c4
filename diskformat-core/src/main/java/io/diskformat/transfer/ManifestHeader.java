package io.diskformat.transfer;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The first line of a manifest, which {@link Manifest} describes.
 *
 * @param algorithm of all checksums
 * @param size of the disk, in bytes
 */
record ManifestHeader(BlockAlgorithm algorithm, long size) {
  /** In bytes; none that is written is as long. */
  static final int MOST_BYTES = 256;

  private static final int VERSION = 1;
  private static final String STRUCTURE = "header of a manifest";

  private static final Pattern LINE =
      Pattern.compile(
          "\\{\"kind\":\"diskformat-manifest\",\"version\":(\\d{1,9})"
              + "(?:,\"algorithm\":\"([a-z0-9-]{1,32})\",\"block-size\":(\\d{1,9}),"
              + "\"size\":(\\d{1,19})\\}|,.*)\n");

  /** Returns the line. */
  byte[] encoded() {
    return ("{\"kind\":\"diskformat-manifest\",\"version\":"
            + VERSION
            + ",\"algorithm\":\""
            + algorithm.name()
            + "\",\"block-size\":"
            + BlockDigests.BLOCK
            + ",\"size\":"
            + size
            + "}\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Reads the line.
   *
   * @param name of the file
   * @param line ends with a line feed
   * @throws CorruptImageException if it is none of a manifest
   * @throws UnsupportedFeatureException if it is one of another version, or of an algorithm that is
   *     not known
   */
  static ManifestHeader of(String name, String line) throws IOException {
    Matcher fields = LINE.matcher(line);
    if (!fields.matches()) {
      throw new CorruptImageException(name, STRUCTURE, 0, "this is no manifest");
    }
    if (fields.group(2) == null || !fields.group(1).equals(Integer.toString(VERSION))) {
      throw new UnsupportedFeatureException(name, "manifest version " + fields.group(1));
    }
    if (!fields.group(3).equals(Integer.toString(BlockDigests.BLOCK))) {
      throw new UnsupportedFeatureException(name, "manifest with blocks of " + fields.group(3));
    }
    try {
      return new ManifestHeader(
          BlockAlgorithm.named(fields.group(2)), Long.parseLong(fields.group(4)));
    } catch (NumberFormatException e) {
      throw new CorruptImageException(
          name, STRUCTURE, 0, "a disk of " + fields.group(4) + " bytes", e);
    } catch (IllegalArgumentException e) {
      throw new UnsupportedFeatureException(name, "checksums by " + fields.group(2));
    }
  }
}
