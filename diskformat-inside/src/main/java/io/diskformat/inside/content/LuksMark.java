package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * A header of LUKS. Numbers have their highest byte first. Version 2 has a second header, which
 * counts where the first is gone.
 *
 * <pre>
 *  0  "LUKS" BA BE; of a second header "SKUL" BA BE
 *  6  version, 16 bits
 * 18  label, 48 bytes, of version 2
 * A8  UUID as text, 40 bytes
 * 100 where this header is, 64 bits, of version 2
 * </pre>
 */
final class LuksMark implements Mark {
  private static final int SIZE = 512;
  private static final long FIRST = 0x4C55_4B53_BABEL;
  private static final long SECOND = 0x534B_554C_BABEL;
  private static final long FIRST_SECOND_AT = 0x4000;
  private static final long LAST_SECOND_AT = 0x400000;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    Optional<Content> found = at(volume, 0, FIRST);
    for (long at = FIRST_SECOND_AT; found.isEmpty() && at <= LAST_SECOND_AT; at *= 2) {
      found = at(volume, at, SECOND);
    }
    return found;
  }

  private static Optional<Content> at(DeviceBytes volume, long position, long magic)
      throws IOException {
    if (position > volume.size() - SIZE) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(position, SIZE, "header of LUKS").order(ByteOrder.BIG_ENDIAN);
    int version = bytes.getShort(6);
    boolean isThere =
        bytes.getLong(0) >>> Short.SIZE == magic
            && ((version == 1 && position == 0)
                || (version == 2 && bytes.getLong(0x100) == position));
    if (!isThere) {
      return Optional.empty();
    }
    String label = version == 2 ? Texts.untilZero(bytes, 0x18, 48) : "";
    return Optional.of(Content.member("crypto_LUKS", label, Texts.untilZero(bytes, 0xA8, 40)));
  }
}
