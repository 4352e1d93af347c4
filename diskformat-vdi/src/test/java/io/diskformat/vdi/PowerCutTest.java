package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Seeds;
import io.diskformat.vdi.PowerCutScenario.Kind;
import io.diskformat.vdi.VdiWriter.Step;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The power is cut at every point of all kinds of work, and whatever may be left is looked at. */
final class PowerCutTest {
  private static final int OPERATIONS = 40;
  private static final int PER_POINT = 12;
  private static final int ATTEMPTS = 50;

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(Kind.class)
  void nothingFlushedIsLostAndNothingIsCorrupt(Kind kind) throws IOException {
    long seed = Seeds.of(getClass());
    long checked = new PowerCutScenario(kind, directory, seed).run(seed, OPERATIONS, PER_POINT);
    System.out.println(kind + ": " + checked + " possibilities; " + Seeds.toRepeat(seed));
    assertTrue(checked > 150, checked + " are too few to tell anything");
  }

  /**
   * If this fails the test above shows nothing: each barrier that keeps data must be missed when it
   * is not there. The others are no matter of what a disk holds, or of a disk that is nearly full
   * as it grows.
   */
  @ParameterizedTest
  @EnumSource(
      value = Step.class,
      names = {
        "DATA_AND_COUNT",
        "MAP",
        "MOVED_DATA",
        "MOVED_MAP",
        "VACATING_DATA",
        "VACATING_MAP",
        "NEW_MAP"
      })
  void aMissingBarrierIsNoticed(Step step) throws IOException {
    long seed = Seeds.of(getClass());
    VdiWriter.withoutBarrier = step;
    try {
      Kind kind =
          switch (step) {
            case VACATING_DATA, VACATING_MAP, NEW_MAP -> Kind.GROWTH_TINY_BLOCKS;
            default -> Kind.SMALL_BLOCKS;
          };
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (fails(kind, seed + attempt)) {
          System.out.println("without " + step + ": noticed after " + (attempt + 1));
          return;
        }
      }
    } finally {
      VdiWriter.withoutBarrier = null;
    }
    throw new AssertionError(
        "a build without the barrier after " + step + " passes; " + Seeds.toRepeat(seed));
  }

  private boolean fails(Kind kind, long seed) throws IOException {
    try {
      long _ = new PowerCutScenario(kind, directory, seed).run(seed, OPERATIONS, PER_POINT);
      return false;
    } catch (AssertionError expected) {
      return true;
    }
  }
}
