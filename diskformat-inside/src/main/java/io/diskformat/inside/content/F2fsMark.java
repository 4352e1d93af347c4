package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.inside.checksum.RawCrc32;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The superblock of F2FS at 1024, or its copy 4 KiB further on. Numbers have their lowest byte
 * first.
 *
 * <pre>
 *  0  10 20 F5 F2                      24  blocks, 64 bits
 * 10  logarithm of a block's size       6C  UUID
 * 20  where the checksum is, or 0       7C  label, 512 units of UTF-16
 * </pre>
 */
final class F2fsMark implements Mark {
  private static final int MAGIC = 0xF2F52010;
  private static final int SIZE = 3072;
  private static final long[] POSITIONS = {0x400, 0x1400};

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    for (long position : POSITIONS) {
      if (volume.size() >= position + SIZE) {
        ByteBuffer bytes = volume.read(position, SIZE, "superblock of F2FS");
        int shift = bytes.getInt(0x10);
        long blocks = bytes.getLong(0x24);
        boolean sane =
            bytes.getInt(0) == MAGIC
                && shift >= 9
                && shift <= 16
                && blocks > 0
                && blocks < 1L << 40;
        if (sane && hasChecksum(bytes)) {
          return Optional.of(
              new Content(
                  "f2fs",
                  Texts.utf16(bytes, 0x7C, 512),
                  Texts.uuid(bytes, 0x6C),
                  OptionalLong.of(blocks << shift),
                  OptionalLong.empty()));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean hasChecksum(ByteBuffer bytes) {
    int at = bytes.getInt(0x20);
    return at == 0
        || (at > 0
            && at <= SIZE - Integer.BYTES
            && RawCrc32.of(MAGIC, DeviceBytes.bytesOf(bytes), 0, at) == bytes.getInt(at));
  }
}
