package io.diskformat.iso;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a file that AAIP records beside Rock Ridge, in its AL entries: names and values
 * in turn, a component each. Names of libisofs itself begin with a 4.
 *
 * <pre>
 * entry                                   component
 *  4  1  flags: 1 another entry follows    0  1  flags: 1 goes on in the next
 *  5     components                        1  1  length
 *                                          2     a name or a value, or a piece of one
 * </pre>
 */
final class AttributeList {
  /**
   * The root's attribute with the range that has checksums, and the place and the number of these.
   */
  static final String CHECKSUMS = "\4ca";

  /** A file's attribute with the number of its checksum. */
  static final String CHECKSUM_INDEX = "\4cx";

  private static final int GOES_ON = 1;

  private final ByteArrayOutputStream component = new ByteArrayOutputStream();
  private final String wanted;
  private @Nullable String name;

  private AttributeList(String wanted) {
    this.wanted = wanted;
  }

  /**
   * Returns the value of an attribute, if it is there.
   *
   * @param entries the AL entries of a file, whole
   */
  static Optional<byte[]> value(List<ByteBuffer> entries, String wanted) {
    AttributeList list = new AttributeList(wanted);
    for (ByteBuffer entry : entries) {
      Optional<byte[]> value = list.take(entry);
      if (value.isPresent()) {
        return value;
      }
    }
    return Optional.empty();
  }

  private Optional<byte[]> take(ByteBuffer entry) {
    int at = 5;
    while (at + 2 <= entry.limit()) {
      int length = Math.min(Byte.toUnsignedInt(entry.get(at + 1)), entry.limit() - at - 2);
      component.write(entry.array(), entry.arrayOffset() + at + 2, length);
      if ((entry.get(at) & GOES_ON) == 0) {
        byte[] whole = component.toByteArray();
        component.reset();
        if (name == null) {
          name = new String(whole, StandardCharsets.ISO_8859_1);
        } else if (name.equals(wanted)) {
          return Optional.of(whole);
        } else {
          name = null;
        }
      }
      at += 2 + length;
    }
    return Optional.empty();
  }
}
