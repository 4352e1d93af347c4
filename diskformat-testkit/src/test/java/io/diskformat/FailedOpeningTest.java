package io.diskformat;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.FaultyStorage;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class FailedOpeningTest {
  @Test
  void aStorageThatCannotBeReadIsClosed() throws IOException {
    FaultyStorage failing = new FaultyStorage(MemoryStorage.of("memory", new byte[512]));
    failing.failReadAfter(0);
    assertThrows(IOException.class, () -> DiskImages.open(failing, OpenOptions.readOnly()));
    assertTrue(failing.isClosed());
  }
}
