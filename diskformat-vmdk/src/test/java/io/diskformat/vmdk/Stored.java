package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.util.Random;

/** Disks to be converted. */
final class Stored {
  private Stored() {}

  /** Returns a raw disk with some content. */
  static DiskImage raw(byte[] content) throws IOException {
    return DiskImages.open(MemoryStorage.of("raw", content), OpenOptions.readOnly().format("raw"));
  }

  /** Returns bytes of which some parts are zero, some text-like, and some random. */
  static byte[] content(Random random, int sectors) {
    byte[] content = new byte[sectors * Bytes.SECTOR];
    for (int at = 0; at < content.length; ) {
      int end = Math.min(content.length, at + 1 + random.nextInt(300_000));
      switch (random.nextInt(3)) {
        case 0 -> {}
        case 1 -> {
          byte[] piece = new byte[end - at];
          random.nextBytes(piece);
          System.arraycopy(piece, 0, content, at, piece.length);
        }
        default -> {
          for (int i = at; i < end; i++) {
            content[i] = (byte) ("some text, ".charAt(i % 11) + (i >>> 12) % 7);
          }
        }
      }
      at = end;
    }
    return content;
  }

  static byte[] bytes(BlockDevice device) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(device.size())];
    device.read(0, bytes);
    return bytes;
  }
}
