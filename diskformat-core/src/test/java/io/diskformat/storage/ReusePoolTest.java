package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReusePoolTest {
  private final List<String> freed = new ArrayList<>();
  private final ReusePool<String> pool = new ReusePool<>(freed::add);

  @Test
  void handsOutWhatWasGivenBackLast() {
    assertNull(pool.poll());
    pool.giveBack("a");
    pool.giveBack("b");
    assertEquals("b", pool.poll());
    assertEquals("a", pool.poll());
    assertNull(pool.poll());
    assertEquals(List.of(), freed);
  }

  @Test
  void freesWhatIsIdleOnceWhenItIsClosed() {
    pool.giveBack("a");
    pool.giveBack("b");
    pool.close();
    pool.close();
    assertEquals(List.of("b", "a"), freed);
    assertNull(pool.poll());
  }

  @Test
  void freesWhatIsInUseWhenItIsGivenBack() {
    pool.giveBack("a");
    String used = pool.poll();
    pool.close();
    assertEquals(List.of(), freed);
    pool.giveBack(used);
    assertEquals(List.of("a"), freed);
    assertNull(pool.poll());
  }
}
