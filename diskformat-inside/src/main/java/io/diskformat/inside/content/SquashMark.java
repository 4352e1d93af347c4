package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/** The superblock of squashfs 4: "hsqs", at 1C its version, at 28 how many bytes it has. */
final class SquashMark implements Mark {
  private static final int SIZE = 96;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < SIZE) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(0, SIZE, "superblock of squashfs");
    if (!Texts.untilZero(bytes, 0, 4).equals("hsqs") || bytes.getShort(0x1C) != 4) {
      return Optional.empty();
    }
    OptionalLong size = OptionalLong.of(Math.max(bytes.getLong(0x28), 0));
    return Optional.of(new Content("squashfs", "", "", size, size));
  }
}
