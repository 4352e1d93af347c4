package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * UDF, by the descriptors from 32 KiB on that say so, and the anchor of its volume descriptors.
 * Numbers have their lowest byte first.
 *
 * <pre>
 * descriptors from 32 KiB on   1  "NSR02" or "NSR03"
 *
 * anchor, in block 256         0  2, 16 bits
 *                             12  256, 32 bits
 *                             20  first block of the volume descriptors, 32 bits
 *
 * volume descriptor            0  what it is, 16 bits: 6 for the logical volume, 8 for the last
 *                             84  of the logical volume, its label, 128 bytes
 * </pre>
 */
final class UdfMark implements Mark {
  private static final long FIRST = 0x8000;
  private static final int MOST_DESCRIPTORS = 64;
  private static final int ANCHOR = 2;
  private static final int LOGICAL_VOLUME = 6;
  private static final int TERMINATOR = 8;
  private static final int MOST_VOLUME_DESCRIPTORS = 64;
  private static final int[] BLOCK_SIZES = {2048, 512, 1024, 4096};

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (!isDescribed(volume)) {
      return Optional.empty();
    }
    for (int blockSize : BLOCK_SIZES) {
      long position = 256L * blockSize;
      if (volume.size() >= position + blockSize) {
        ByteBuffer anchor = volume.read(position, 512, "anchor of UDF");
        if (anchor.getShort(0) == ANCHOR && anchor.getInt(12) == 256) {
          return Optional.of(
              new Content(
                  "udf",
                  label(volume, anchor, blockSize),
                  "",
                  OptionalLong.empty(),
                  OptionalLong.empty()));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isDescribed(DeviceBytes volume) throws IOException {
    for (int i = 0; i < MOST_DESCRIPTORS; i++) {
      long position = FIRST + i * 2048L;
      if (position > volume.size() - 2048) {
        return false;
      }
      String id = Texts.untilZero(volume.read(position, 8, "volume descriptor"), 1, 5);
      if (id.equals("NSR02") || id.equals("NSR03")) {
        return true;
      }
    }
    return false;
  }

  private static String label(DeviceBytes volume, ByteBuffer anchor, int blockSize)
      throws IOException {
    long first = Integer.toUnsignedLong(anchor.getInt(20)) * blockSize;
    for (int i = 0; i < MOST_VOLUME_DESCRIPTORS; i++) {
      long position = first + (long) i * blockSize;
      if (position > volume.size() - 512) {
        return "";
      }
      ByteBuffer descriptor = volume.read(position, 512, "volume descriptor");
      switch (descriptor.getShort(0)) {
        case LOGICAL_VOLUME -> {
          return Texts.compressedUnicode(descriptor, 84, 128);
        }
        case TERMINATOR -> {
          return "";
        }
        default -> {}
      }
    }
    return "";
  }

  @Override
  public boolean isTolerant() {
    return true;
  }
}
