package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

final class MemoryStorageTest extends StorageContract {
  @Override
  Storage empty() {
    return new MemoryStorage("memory");
  }

  @Override
  boolean knowsHoles() {
    return false;
  }

  @Test
  void beginsWithACopy() throws IOException {
    byte[] content = {1, 2, 3};
    try (MemoryStorage copy = MemoryStorage.of("copy", content)) {
      content[0] = 9;
      byte[] found = new byte[3];
      copy.read(0, MemorySegment.ofArray(found));
      assertArrayEquals(new byte[] {1, 2, 3}, found);
      assertEquals(3, copy.size());
      assertTrue(copy.path().isEmpty());
    }
  }

  @Test
  void allIsMapped() throws IOException {
    storage.write(100, MemorySegment.ofArray(new byte[] {7}));
    assertEquals(101, storage.mapped().byteSize());
    assertEquals(7, storage.mapped().get(ValueLayout.JAVA_BYTE, 100));
  }
}
