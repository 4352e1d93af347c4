package io.diskformat.storage;

import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.PagedStorage;
import java.io.IOException;
import org.junit.jupiter.api.Nested;

/** The storages that tests are made with are storages, too. */
final class TestStoragesTest {
  @Nested
  final class Paged extends StorageContract {
    @Override
    Storage empty() {
      return new PagedStorage("pages");
    }

    @Override
    boolean knowsHoles() {
      return true;
    }
  }

  @Nested
  final class FaultyOnPaged extends StorageContract {
    @Override
    Storage empty() throws IOException {
      return FaultyStorage.inMemory("faulty pages");
    }

    @Override
    boolean knowsHoles() {
      return true;
    }
  }

  @Nested
  final class FaultyOnMemory extends StorageContract {
    @Override
    Storage empty() throws IOException {
      return new FaultyStorage(new MemoryStorage("faulty memory"));
    }

    @Override
    boolean knowsHoles() {
      return false;
    }
  }
}
