package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The verb {@code serve} by the clients of OpenStack, which a script of the examples runs. */
final class AcceptanceTest {
  private static final int CHECKS = 25;

  @Test
  void theClientsAreServed() {
    for (String client : List.of("glance", "openstack", "curl", "qemu-img")) {
      Oracle _ = Oracle.of(client);
    }
    Path script = Path.of("..", "examples", "image-service", "acceptance.py");
    Oracle.Result result =
        Oracle.of("env")
            .timeout(Duration.ofMinutes(8))
            .run(
                "/usr/bin/python3", // that which the clients are installed for
                script,
                "--in-process",
                Path.of(System.getProperty("java.home"), "bin", "java"),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName())
            .orFail();
    List<String> lines = result.output().lines().toList();
    assertTrue(lines.stream().allMatch(line -> line.startsWith("ok ")), result::toString);
    assertEquals(CHECKS, lines.size(), result::toString);
  }
}
