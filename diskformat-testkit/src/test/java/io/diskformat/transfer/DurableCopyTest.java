package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.FaultyStorage;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is copied over a disk is durable once that has returned. */
final class DurableCopyTest {
  private static final int SIZE = 1 << 20;

  @Test
  void aCopyThatCannotBeFlushedFails() throws IOException {
    FaultyStorage storage = FaultyStorage.inMemory("target");
    storage.resize(SIZE);
    SyntheticDevice source = SyntheticDevice.builder().data(SIZE, new Random(1)).build();
    try (DiskImage target = DiskImages.open(storage, OpenOptions.writable().format("raw"))) {
      Conversion conversion = Conversion.from(source).into(target);
      storage.failFlushAfter(0);
      assertThrows(IOException.class, conversion::run);
      assertEquals(1, storage.failures());
    }
  }
}
