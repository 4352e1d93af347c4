package io.diskformat.cli;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.diskformat.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

/** The tool is thin: what it does, it has the library do. */
final class ArchitectureTest {
  private static final JavaClasses CLI = ArchitectureRules.moduleOf(Main.class);

  @Test
  void verbsUseApiEnginesAndDevices() {
    ArchitectureRules.usesNoneOfOursBut(
            "io.diskformat.cli",
            "io.diskformat",
            "io.diskformat.transfer",
            "io.diskformat.device",
            "io.diskformat.maintenance",
            "io.diskformat.picture",
            "io.diskformat.filesystem",
            "io.diskformat.inspect",
            "io.diskformat.inside",
            "io.diskformat.inside.content",
            "io.diskformat.imageservice..",
            "io.diskformat.iso.build")
        .check(CLI);
  }

  @Test
  void noClassesGoRound() {
    ArchitectureRules.checkCirclesOfClasses(CLI);
  }
}
