package io.diskformat.spi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;

/**
 * UUIDs as Microsoft records them (GUIDs), and many formats do: the first three fields with their
 * lowest byte first. The byte order of a buffer makes no difference, and its position does not
 * change.
 */
public final class Uuids {
  /** The UUID that stands for none: 16 zeroes. */
  public static final UUID NONE = new UUID(0, 0);

  private Uuids() {}

  /**
   * Returns the UUID in 16 bytes of a buffer.
   *
   * @param at where they begin in the buffer
   */
  public static UUID get(ByteBuffer bytes, int at) {
    ByteBuffer little = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    long high = Integer.toUnsignedLong(little.getInt(at)) << 32;
    high |= (long) Short.toUnsignedInt(little.getShort(at + 4)) << 16;
    high |= Short.toUnsignedInt(little.getShort(at + 6));
    return new UUID(high, little.order(ByteOrder.BIG_ENDIAN).getLong(at + 8));
  }

  /**
   * Puts a UUID into 16 bytes of a buffer.
   *
   * @param at where they begin in the buffer
   */
  public static void put(ByteBuffer bytes, int at, UUID uuid) {
    ByteBuffer little = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    long high = uuid.getMostSignificantBits();
    little.putInt(at, (int) (high >>> 32));
    little.putShort(at + 4, (short) (high >>> 16));
    little.putShort(at + 6, (short) high);
    little.order(ByteOrder.BIG_ENDIAN).putLong(at + 8, uuid.getLeastSignificantBits());
  }
}
