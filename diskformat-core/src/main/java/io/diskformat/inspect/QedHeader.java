package io.diskformat.inspect;

import io.diskformat.spi.PassingImage;
import java.nio.ByteOrder;

/**
 * Inspects the header of a QED image. Numbers have their lowest byte first.
 *
 * <pre>
 *  0  "QED", 0
 * 16  features, 64 bits: 1 a backing file, 2 to be checked, 4 the backing file is raw
 * 48  size of the disk, 64 bits
 * </pre>
 */
final class QedHeader {
  private static final int FEATURES = 16;
  private static final int SIZE = 48;
  private static final long BACKING_FILE = 1;
  private static final long KNOWN = 7;

  private QedHeader() {}

  /** Looks at the header of an image that bears the mark. */
  static void read(PassingImage image) {
    image.need(
        FEATURES,
        Long.BYTES,
        "the header",
        bytes -> {
          long features = bytes.order(ByteOrder.LITTLE_ENDIAN).getLong(0);
          if ((features & BACKING_FILE) != 0) {
            image.refuse("qed.backing-file", FEATURES, "it refers to a backing file");
          }
          if ((features & ~KNOWN) != 0) {
            image.refuse(
                "qed.unknown-feature",
                FEATURES,
                "it has features that are not known: " + Long.toHexString(features & ~KNOWN));
          }
        });
    image.need(
        SIZE,
        Long.BYTES,
        "the header",
        bytes -> image.disk(bytes.order(ByteOrder.LITTLE_ENDIAN).getLong(0), SIZE));
  }
}
