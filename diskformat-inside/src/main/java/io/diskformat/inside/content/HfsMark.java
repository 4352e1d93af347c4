package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The volume header of HFS+ at 1024. Numbers have their highest byte first.
 *
 * <pre>
 *  0  "H+" or "HX"                2C  blocks, 32 bits
 * 28  size of a block, 32 bits     30  free blocks, 32 bits
 * </pre>
 */
final class HfsMark implements Mark {
  private static final int POSITION = 1024;
  private static final int SIZE = 512;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < POSITION + SIZE) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(POSITION, SIZE, "header of HFS+").order(ByteOrder.BIG_ENDIAN);
    String mark = Texts.untilZero(bytes, 0, 2);
    long blockSize = bytes.getInt(0x28);
    if ((!mark.equals("H+") && !mark.equals("HX"))
        || blockSize < 512
        || Long.bitCount(blockSize) != 1) {
      return Optional.empty();
    }
    long blocks = Integer.toUnsignedLong(bytes.getInt(0x2C));
    long free = Integer.toUnsignedLong(bytes.getInt(0x30));
    return Optional.of(
        new Content(
            "hfsplus",
            "",
            "",
            OptionalLong.of(blocks * blockSize),
            free <= blocks ? OptionalLong.of((blocks - free) * blockSize) : OptionalLong.empty()));
  }

  @Override
  public boolean isTolerant() {
    return true;
  }
}
