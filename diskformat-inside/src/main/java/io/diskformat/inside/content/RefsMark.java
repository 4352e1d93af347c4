package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The first sector of ReFS. */
final class RefsMark implements Mark {
  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < 512) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(0, 16, "first sector");
    return isMarked(bytes) ? Optional.of(Content.member("ReFS", "", "")) : Optional.empty();
  }

  private static boolean isMarked(ByteBuffer bytes) {
    return bytes.getShort(0) == 0
        && bytes.get(2) == 0
        && Texts.untilZero(bytes, 3, 5).equals("ReFS");
  }
}
