package io.diskformat.inspect;

import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;

/**
 * Inspects the footer of a VHD. A VHD that is not of fixed size has a copy of it at its start.
 * Numbers have their highest byte first.
 *
 * <pre>
 *  0  "conectix"
 * 48  size of the disk, 64 bits
 * 60  type, 32 bits: 2 fixed, 3 dynamic, 4 a difference to another image
 * </pre>
 */
final class VhdFooter {
  private static final int SIZE = 48;
  private static final int TYPE = 60;
  private static final int END = 64;
  private static final int FIXED = 2;
  private static final int DIFFERENCE = 4;

  private VhdFooter() {}

  /**
   * Looks at a footer.
   *
   * @param position where it is
   * @param bytes it, or only its mark
   */
  static void read(PassingImage image, long position, ByteBuffer bytes) {
    if (bytes.capacity() < END) {
      image.need(
          position + SIZE, END - SIZE, "the footer's copy", rest -> say(image, position, rest));
    } else {
      say(image, position, bytes.slice(SIZE, END - SIZE));
    }
  }

  private static void say(PassingImage image, long position, ByteBuffer fields) {
    int type = fields.getInt(TYPE - SIZE);
    image.variant(type == FIXED ? "fixed" : type == DIFFERENCE ? "differencing" : "dynamic");
    image.disk(fields.getLong(0), position + SIZE);
    if (type == DIFFERENCE) {
      image.refuse("vpc.parent", position + TYPE, "it is a difference to another image");
    }
  }
}
