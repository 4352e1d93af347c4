package io.diskformat.qcow2;

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
  @Property(tries = 2000, shrinking = ShrinkingMode.OFF)
  void anImageHoldsWhatWasWrittenToIt(@ForAll long seed) throws IOException {
    run(seed, true);
  }

  private static void run(long seed, boolean byOracle) throws IOException {
    Assumptions.assumeTrue(Oracle.isInstalled("qemu-img"), "qemu-img is not installed");
    try {
      new ModelledQcow2(directory, seed).run(40, byOracle);
    } catch (AssertionError e) {
      throw new AssertionError(Seeds.toRepeat(seed) + ": " + e.getMessage(), e);
    }
  }

  /**
   * Runs as many sequences as the first argument says, from the seed that the second one says or
   * from another each time; every tenth is looked at by qemu-img too.
   */
  public static void main(String[] arguments) throws IOException {
    createDirectory();
    long count = Long.parseLong(arguments[0]);
    long first = arguments.length > 1 ? Long.parseLong(arguments[1]) : System.nanoTime();
    for (long i = 0; i < count; i++) {
      run(first + i, i % 10 == 0);
      if ((i + 1) % 1000 == 0) {
        System.out.println((i + 1) + " sequences from seed " + first);
      }
    }
    deleteDirectory();
  }
}
