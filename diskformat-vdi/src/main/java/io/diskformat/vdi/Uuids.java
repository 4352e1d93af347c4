package io.diskformat.vdi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;

/** UUIDs as a header holds them: the first three parts with their lowest byte first. */
final class Uuids {
  /** The UUID that stands for none. */
  static final UUID NONE = new UUID(0, 0);

  private Uuids() {}

  /** Reads the 16 bytes at an offset. */
  static UUID get(ByteBuffer bytes, int offset) {
    ByteBuffer little = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    long high = Integer.toUnsignedLong(little.getInt(offset)) << 32;
    high |= (long) Short.toUnsignedInt(little.getShort(offset + 4)) << 16;
    high |= Short.toUnsignedInt(little.getShort(offset + 6));
    return new UUID(high, little.order(ByteOrder.BIG_ENDIAN).getLong(offset + 8));
  }

  /** Writes 16 bytes at an offset. */
  static void put(ByteBuffer bytes, int offset, UUID uuid) {
    ByteBuffer little = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    long high = uuid.getMostSignificantBits();
    little.putInt(offset, (int) (high >>> 32));
    little.putShort(offset + 4, (short) (high >>> 16));
    little.putShort(offset + 6, (short) high);
    little.order(ByteOrder.BIG_ENDIAN).putLong(offset + 8, uuid.getLeastSignificantBits());
  }
}
