package io.diskformat.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;

import com.tngtech.archunit.core.domain.JavaClass;
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
        .check(CLI.that(describe("are not what prepares the JVM", ArchitectureTest::isNoTraining)));
  }

  /** What prepares the JVM for the tool records what the library would look for at each start. */
  private static boolean isNoTraining(JavaClass type) {
    return !type.isEquivalentTo(Training.class);
  }

  @Test
  void noClassesGoRound() {
    ArchitectureRules.checkCirclesOfClasses(CLI);
  }
}
