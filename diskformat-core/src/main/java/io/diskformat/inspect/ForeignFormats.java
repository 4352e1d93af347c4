package io.diskformat.inspect;

import io.diskformat.opening.ForeignMarks;
import io.diskformat.opening.ForeignMarks.Mark;
import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Recognizes formats that are not installed, by their marks, and says what little is known of them.
 */
final class ForeignFormats {
  private ForeignFormats() {}

  /**
   * Begins to look for the marks.
   *
   * @param installed the formats that look for theirs themselves
   * @param candidates makes the candidate of a format
   */
  static void inspect(Set<String> installed, Function<String, ? extends PassingImage> candidates) {
    Map<String, List<Mark>> marks = new LinkedHashMap<>();
    for (Mark mark : ForeignMarks.all()) {
      boolean reads =
          installed.contains(mark.format()) || (installed.contains("iso") && mark.isUdf());
      if (!reads) {
        marks.computeIfAbsent(mark.format(), format -> new ArrayList<>()).add(mark);
      }
    }
    PassingImage bzip2 = candidates.apply("bzip2");
    bzip2.read(
        0,
        10,
        bytes -> {
          if (starts(bytes, latin1("BZh")) && starts(bytes.slice(4, 6), latin1("1AY&SY"))) {
            bzip2.recognized();
          }
        });
    marks.forEach((format, some) -> {
      PassingImage image = candidates.apply(format);
      some.forEach(mark -> look(image, mark));
    });
  }

  private static void look(PassingImage image, Mark mark) {
    byte[] expected = latin1(mark.bytes());
    if (mark.position() < 0) {
      image.atEnd(
          (int) -mark.position(),
          (size, tail) -> {
            if (tail.remaining() == -mark.position() && starts(tail, expected)) {
              found(image, mark, size + mark.position(), tail);
            }
          });
      return;
    }
    image.read(
        mark.position(),
        expected.length,
        bytes -> {
          if (starts(bytes, expected)) {
            found(image, mark, mark.position(), bytes);
          }
        });
  }

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static boolean starts(ByteBuffer bytes, byte[] expected) {
    return bytes.slice(0, expected.length).equals(ByteBuffer.wrap(expected));
  }

  private static void found(PassingImage image, Mark mark, long position, ByteBuffer bytes) {
    image.recognized();
    switch (mark.format()) {
      case "vpc" -> VhdFooter.read(image, position, bytes);
      case "vhdx" -> VhdxHeader.read(image);
      case "qed" -> QedHeader.read(image);
      default -> {}
    }
  }
}
