package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.transfer.PlainHash;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;

/** The checksum of a file of a guest. */
final class FileChecksum {
  private FileChecksum() {}

  /**
   * Returns a checksum in hexadecimal.
   *
   * @param type as guestfish has it ({@code sha256}), or any other that this tool has
   * @throws IllegalArgumentException if there is no such checksum
   */
  static String of(String type, Path file) throws IOException {
    String name =
        type.toLowerCase(Locale.ROOT).matches("sha\\d+") ? "SHA-" + type.substring(3) : type;
    PlainHash hash = PlainHash.algorithm(name);
    try (BlockDevice content = DiskFileSystems.device(file)) {
      return HexFormat.of().formatHex(hash.of(content));
    }
  }
}
