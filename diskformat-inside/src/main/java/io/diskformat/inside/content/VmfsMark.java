package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** The marks of VMFS, of the volume and of the file system in it. */
final class VmfsMark implements Mark {
  private final long position;
  private final int magic;
  private final String type;

  VmfsMark(long position, int magic, String type) {
    this.position = position;
    this.magic = magic;
    this.type = type;
  }

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (position > volume.size() - Integer.BYTES) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(position, Integer.BYTES, type).order(ByteOrder.BIG_ENDIAN);
    return bytes.getInt(0) == magic ? Optional.of(Content.member(type, "", "")) : Optional.empty();
  }
}
