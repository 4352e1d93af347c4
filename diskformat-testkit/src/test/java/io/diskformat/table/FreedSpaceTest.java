package io.diskformat.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.StorageOperation.Zero;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Places that were given up, and what is given back to the host of them. */
final class FreedSpaceTest {
  private static final int UNIT = 512;

  private FaultyStorage storage;
  private FreedSpace freed;

  @BeforeEach
  void open() throws IOException {
    storage = FaultyStorage.inMemory("file");
    storage.resize(100 * UNIT);
    freed = new FreedSpace(storage, UNIT, 1000);
  }

  private void free(int... units) {
    for (int unit : units) {
      freed.add((long) unit * UNIT);
    }
  }

  /** Returns what was given back, each time as its first unit and how many there are. */
  private List<String> givenBack() {
    List<String> givenBack = new ArrayList<>();
    for (var operation : storage.log()) {
      if (operation instanceof Zero zero) {
        assertTrue(zero.giveBack());
        givenBack.add(zero.position() / UNIT + "+" + zero.length() / UNIT);
      }
    }
    return givenBack;
  }

  @Test
  void neighboursAreGivenBackAtOnce() throws IOException {
    free(7, 3, 4, 9, 2);
    freed.settle(_ -> true);
    assertEquals(List.of("9+1", "7+1", "2+3"), givenBack());
    assertTrue(freed.isEmpty());
  }

  @Test
  void whatIsStillInUseIsKept() throws IOException {
    free(3, 4, 5, 4);
    freed.settle(position -> position != 4 * UNIT);
    assertEquals(List.of("5+1", "3+1"), givenBack());
  }

  @Test
  void theFileMayEndEarlier() throws IOException {
    free(99, 100, 101);
    freed.settle(_ -> true);
    assertEquals(List.of("99+1"), givenBack());
  }

  @Test
  void eachIsGivenUpOnceThoughAnotherCannotBe() throws IOException {
    free(3, 4, 5);
    List<Long> givenUp = new ArrayList<>();
    assertThrows(
        IOException.class,
        () ->
            freed.settle(position -> {
              if (position == 4 * UNIT && givenUp.size() == 1) {
                givenUp.add(-1L);
                throw new IOException("not now");
              }
              return givenUp.add(position / UNIT);
            }));
    freed.settle(position -> givenUp.add(position / UNIT));
    assertEquals(List.of(5L, -1L, 4L, 3L), givenUp);
  }

  @Test
  void aHostThatTakesNothingBackIsNoFailure() throws IOException {
    free(3);
    storage.failAfter(0);
    freed.settle(_ -> true);
    assertTrue(freed.isEmpty());
    assertEquals(1, storage.failures());
  }
}
