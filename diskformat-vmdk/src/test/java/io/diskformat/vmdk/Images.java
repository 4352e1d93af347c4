package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** How tests open images, and what they compare. */
final class Images {
  static final OpenOptions READ_ONLY =
      OpenOptions.readOnly().format("vmdk").references(ReferencePolicy.sameDirectory());

  private Images() {}

  static byte[] content(Path file) throws IOException {
    return content(file, READ_ONLY);
  }

  static byte[] content(Path file, OpenOptions options) throws IOException {
    try (DiskImage image = DiskImages.open(file, options)) {
      byte[] content = new byte[Math.toIntExact(image.size())];
      image.read(0, content);
      return content;
    }
  }

  /** The disk has these bytes, whole, in pieces, and as a map of its extents has it. */
  static void assertShows(byte[] expected, Path file) throws IOException {
    try (DiskImage image = DiskImages.open(file, READ_ONLY)) {
      assertEquals(expected.length, image.size());
      byte[] whole = new byte[expected.length];
      image.read(0, whole);
      assertArrayEquals(expected, whole);
      Random random = new Random(1);
      for (int i = 0; i < 200 && expected.length > 0; i++) {
        int from = random.nextInt(expected.length);
        byte[] piece = new byte[1 + random.nextInt(Math.min(200_000, expected.length - from))];
        image.read(from, piece);
        assertArrayEquals(Arrays.copyOfRange(expected, from, from + piece.length), piece);
      }
      long at = 0;
      var extents = image.extents();
      for (var extent = extents.next(); extent != null; extent = extents.next()) {
        assertEquals(at, extent.offset());
        at = extent.end();
        if (extent.readsAsZeroes()) {
          byte[] part = Arrays.copyOfRange(expected, (int) extent.offset(), (int) extent.end());
          assertArrayEquals(new byte[part.length], part);
        }
      }
      assertEquals(expected.length, at);
      image.willRead(0, image.size());
    }
  }

  /** Opening the image, or reading all of it, fails so, and the message names the file. */
  static <T extends IOException> T assertRefused(Class<T> type, String words, Path file) {
    T e = assertThrows(type, () -> content(file));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains(words), message);
    assertTrue(message.contains(String.valueOf(file.getParent())), message);
    return e;
  }
}
