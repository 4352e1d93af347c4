package io.diskformat.inspect;

import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.PassingImage;
import io.diskformat.spi.Probe;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Recognizes images of installed formats that do not look at passing images themselves, by the mark
 * in their first sector: opened, such an image is one of its format, and so must not be judged as
 * if it were a raw disk.
 */
final class UninspectedFormats {
  private UninspectedFormats() {}

  /** Begins to look for the mark of a format. */
  static void lookFor(DiskFormat format, PassingImage image) {
    image.read(0, FirstSector.SIZE, start -> look(format, image, start));
    image.atEnd(
        FirstSector.SIZE,
        (size, tail) -> {
          if (size < FirstSector.SIZE) {
            look(format, image, tail);
          }
        });
  }

  private static void look(DiskFormat format, PassingImage image, ByteBuffer start) {
    byte[] bytes = new byte[start.remaining()];
    start.duplicate().get(bytes);
    try {
      if (format.recognizes(new Probe(MemoryStorage.of(format.name(), bytes)))) {
        image.recognized();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be read", e);
    }
  }
}
