package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The verb {@code serve} by the clients of OpenStack, which a script of the examples runs. */
final class AcceptanceTest {
  private static final int CHECKS = 27;

  private static Oracle.Result run(String name, Object... before) {
    List<Object> command = new ArrayList<>(List.of(before));
    Path script = Path.of("..", "examples", "image-service", name);
    command.add(name.endsWith(".py") ? 3 : 2, script.toAbsolutePath());
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java"),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dslf4j.internal.verbosity=ERROR",
            "-cp",
            absolute(System.getProperty("java.class.path")),
            Main.class.getName()));
    return Oracle.of("env").timeout(Duration.ofMinutes(8)).run(command.toArray()).orFail();
  }

  /** The scripts work in directories of their own. */
  private static String absolute(String classPath) {
    return Arrays.stream(classPath.split(File.pathSeparator, -1))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  @Test
  void theClientsAreServed() {
    for (String client : List.of("glance", "openstack", "curl", "qemu-img")) {
      Oracle _ = Oracle.of(client);
    }
    // That Python which the clients are installed for.
    Oracle.Result result =
        run("acceptance.py", "-u", "PYTHONPATH", "/usr/bin/python3", "--in-process");
    List<String> lines = result.output().lines().toList();
    assertTrue(lines.stream().allMatch(line -> line.startsWith("ok ")), result::toString);
    assertEquals(CHECKS, lines.size(), result::toString);
  }

  @Test
  void theSessionOfTheGuide() {
    Oracle _ = Oracle.of("glance");
    Oracle _ = Oracle.of("mke2fs");
    String output = run("session.sh", "-u", "PYTHONPATH").output();
    assertTrue(output.endsWith("Welcome to our CentOS\n"), output);
  }
}
