package io.diskformat.vdi;

import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.Assumptions;

/** Random sequences of operations over random images, against a plain array and qemu-img. */
final class ModelTest {
  private static Path directory = Path.of("");

  @BeforeContainer
  static void createDirectory() throws IOException {
    directory = Files.createTempDirectory("model");
  }

  @AfterContainer
  static void deleteDirectory() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** The whole sequence follows from its seed, so there is nothing to shrink. */
  @Property(tries = 400, shrinking = ShrinkingMode.OFF)
  void anImageHoldsWhatWasWrittenToIt(@ForAll long seed) throws IOException {
    run(seed);
  }

  private static void run(long seed) throws IOException {
    Assumptions.assumeTrue(Oracle.isInstalled("qemu-img"), "qemu-img is not installed");
    try {
      new ModelledVdi(directory, seed).run(40, true);
    } catch (AssertionError e) {
      throw new AssertionError(Seeds.toRepeat(seed) + ": " + e.getMessage(), e);
    }
  }

  /** Runs as many sequences as the first argument says. */
  public static void main(String[] arguments) throws IOException {
    createDirectory();
    long first = System.nanoTime();
    long count = Long.parseLong(arguments[0]);
    for (long i = 0; i < count; i++) {
      run(first + i);
      if ((i + 1) % 1000 == 0) {
        System.out.println((i + 1) + " sequences from seed " + first);
      }
    }
    deleteDirectory();
  }
}
