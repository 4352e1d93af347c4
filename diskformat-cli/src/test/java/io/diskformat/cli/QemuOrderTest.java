package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QemuOrderTest {

  @Test
  void isThatOfQemuInAllDepths() {
    Map<String, Object> slot = Map.of("stripes", 1, "key-offset", 2, "active", true, "iters", 3);
    Map<String, Object> ordered =
        QemuOrder.of(
            Map.of("cipher-mode", "xts", "slots", List.of(slot), "uuid", "u", "ivgen-alg", "i"));
    assertEquals(
        "{ivgen-alg=i, uuid=u, cipher-mode=xts,"
            + " slots=[{active=true, iters=3, key-offset=2, stripes=1}]}",
        ordered.toString());
  }

  @Test
  void losesNothing() {
    Map<String, Integer> map = new java.util.HashMap<>();
    for (int i = 0; i < 2000; i++) {
      map.put("k" + i, i);
    }
    assertEquals(map, QemuOrder.of(map));
  }
}
