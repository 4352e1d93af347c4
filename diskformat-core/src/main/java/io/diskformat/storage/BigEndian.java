package io.diskformat.storage;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The layouts of numbers with the highest byte first, at any position. */
final class BigEndian {
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private BigEndian() {}
}
