package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** The image below a {@link ModelledImage}, which that is committed to, and what it must hold. */
final class ModelledBelow {
  private final FormatUnderTest format;
  private final Path file;
  private byte[] model;

  ModelledBelow(FormatUnderTest format, Path file, byte[] content) {
    this.format = format;
    this.file = file;
    this.model = content.clone();
  }

  /** Notes that all of a disk was committed to this one, which grew if it was smaller. */
  void commit(byte[] content) {
    model = Arrays.copyOf(model, Math.max(model.length, content.length));
    System.arraycopy(content, 0, model, 0, content.length);
  }

  /** Fails unless the image has no problem and holds what it must. */
  void verify() throws IOException {
    try (Storage content = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      assertEquals("", format.problem(content), "below");
    }
    byte[] found = new byte[model.length];
    try (DiskImage reader = DiskImages.open(file, format.readOnly())) {
      assertEquals(found.length, reader.size(), "size of the disk below");
      reader.read(0, found);
    }
    assertEquals(-1, Arrays.mismatch(found, model), "where the disk below differs");
  }
}
