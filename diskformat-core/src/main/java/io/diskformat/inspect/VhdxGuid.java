package io.diskformat.inspect;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;

/** How VHDX records a GUID: its first three fields with their lowest byte first. */
final class VhdxGuid {
  private VhdxGuid() {}

  /** Returns the GUID at a position of a buffer. */
  static UUID at(ByteBuffer bytes, int position) {
    ByteBuffer fields = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    long high =
        (Integer.toUnsignedLong(fields.getInt(position)) << 32)
            | (Short.toUnsignedLong(fields.getShort(position + 4)) << 16)
            | Short.toUnsignedLong(fields.getShort(position + 6));
    return new UUID(high, fields.order(ByteOrder.BIG_ENDIAN).getLong(position + 8));
  }
}
