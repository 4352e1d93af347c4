package io.diskformat.inside.checksum;

import java.util.zip.CRC32;

/**
 * CRC-32 that begins with any number and is not inverted at the end, as LVM and F2FS have it. See
 * {@link RawCrc32c}.
 */
public final class RawCrc32 {
  private static final int POLYNOMIAL = 0xEDB88320;

  private RawCrc32() {}

  /** Returns the checksum of some of the bytes of an array, which begins with {@code start}. */
  public static int of(int start, byte[] bytes, int from, int length) {
    CRC32 java = new CRC32();
    RawRegister.begin(java, start, POLYNOMIAL);
    java.update(bytes, from, length);
    return ~(int) java.getValue();
  }
}
