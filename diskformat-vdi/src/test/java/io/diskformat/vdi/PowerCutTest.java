package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Seeds;
import io.diskformat.vdi.PowerCutScenario.Kind;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The power is cut at every point of all kinds of work, and whatever may be left is looked at. */
final class PowerCutTest {
  private static final int OPERATIONS = 40;
  private static final int PER_POINT = 12;

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(Kind.class)
  void nothingFlushedIsLostAndNothingIsCorrupt(Kind kind) throws IOException {
    long seed = Seeds.of(getClass());
    long checked = 0;
    for (int i = 0; i < 2; i++) {
      checked +=
          new PowerCutScenario(kind, directory, seed + i).run(seed + i, OPERATIONS, PER_POINT);
    }
    System.out.println(kind + ": " + checked + " possibilities; " + Seeds.toRepeat(seed));
    assertTrue(checked > 300, checked + " are too few to tell anything");
  }
}
