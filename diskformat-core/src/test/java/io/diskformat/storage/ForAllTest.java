package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForAllTest {
  private final List<String> done = new ArrayList<>();
  private final IOException failure = new IOException("b");
  private final IllegalStateException other = new IllegalStateException("c");

  private void act(String name) throws IOException {
    done.add(name);
    switch (name) {
      case "b" -> throw failure;
      case "c" -> throw other;
      default -> {}
    }
  }

  @Test
  void allHaveTheirTurn() throws IOException {
    ForAll.run(List.of("a", "d"), this::act);
    assertEquals(List.of("a", "d"), done);
  }

  @Test
  void theFirstFailureCounts() {
    List<String> all = List.of("a", "b", "c", "d");
    assertSame(failure, assertThrows(IOException.class, () -> ForAll.run(all, this::act)));
    assertArrayEquals(new Throwable[] {other}, failure.getSuppressed());
    assertEquals(all, done);
  }

  @Test
  void anUncheckedFailureMayBeTheFirst() {
    assertSame(
        other,
        assertThrows(IllegalStateException.class, () -> ForAll.run(List.of("c", "b"), this::act)));
    assertArrayEquals(new Throwable[] {failure}, other.getSuppressed());
  }
}
