package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every field of every structure set to every value that might hurt; and then bytes at random. Run
 * in a JVM of its own with a heap of 64 MiB, by {@link HostileMain}.
 */
class HostileFieldsTest {
  /** How many random corruptions of each image; {@code -Ddiskformat.corruptions=N} for more. */
  private static final int CORRUPTIONS = Integer.getInteger("diskformat.corruptions", 1000);

  @TempDir private Path directory;

  @Test
  void everyFieldAtItsLimits() throws IOException {
    run(new HostileImages(directory).all(), CORRUPTIONS);
  }

  @Test
  void bombs() throws IOException {
    run(new Bombs(directory).all(), -1);
  }

  private static void run(List<Path> images, int corruptions) {
    long seed = Seeds.of(HostileFieldsTest.class);
    List<Object> command =
        new ArrayList<>(
            List.of(
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                HostileMain.class.getName(),
                seed,
                corruptions));
    command.addAll(images);
    Oracle.Result result =
        Oracle.java()
            .timeout(Duration.ofMinutes(10).plusMillis(corruptions * 50L))
            .run(command.toArray());
    System.out.print(
        "HostileFieldsTest: " + result.output().lines().reduce("", (a, b) -> b + "\n"));
    assertEquals(0, result.exitCode(), Seeds.toRepeat(seed) + "\n" + result);
  }
}
