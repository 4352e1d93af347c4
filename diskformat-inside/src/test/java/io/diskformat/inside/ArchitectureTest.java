package io.diskformat.inside;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.diskformat.testing.ArchitectureRules;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
  private static final JavaClasses INSIDE = ArchitectureRules.moduleOf(Disk.class);
  private static final String NAME = "io.diskformat.inside";

  /** What all readers of volumes use. */
  private static final String[] BELOW = {
    "io.diskformat",
    "io.diskformat.spi",
    "io.diskformat.device",
    "io.diskformat.filesystem",
    NAME + ".change",
    NAME + ".checksum"
  };

  private static String[] below(String... more) {
    String[] all = Arrays.copyOf(BELOW, BELOW.length + more.length);
    System.arraycopy(more, 0, all, BELOW.length, more.length);
    return all;
  }

  @Test
  void whatUsersSeeUsesTheOthers() {
    ArchitectureRules.usesNoneOfOursBut(
            NAME, below("io.diskformat.inspect", NAME + ".content", NAME + ".lvm"))
        .check(INSIDE);
  }

  @Test
  void readersUseCoreAlone() {
    for (String room : new String[] {"ext", "fat", "lvm", "xfs"}) {
      ArchitectureRules.usesNoneOfOursBut(NAME + "." + room, BELOW).check(INSIDE);
    }
    ArchitectureRules.usesNoneOfOursBut(NAME + ".content", below(NAME + ".fat", NAME + ".lvm"))
        .check(INSIDE);
    ArchitectureRules.usesNoneOfOursBut(NAME + ".checksum").check(INSIDE);
    ArchitectureRules.usesNoneOfOursBut(NAME + ".change", "io.diskformat", "io.diskformat.device")
        .check(INSIDE);
  }

  @Test
  void isInOrder() {
    ArchitectureRules.hasNoCycles().check(INSIDE);
    ArchitectureRules.isQuiet().check(INSIDE);
    ArchitectureRules.hidesGuava().check(INSIDE);
    ArchitectureRules.publicClassesAreClosed().check(INSIDE);
    ArchitectureRules.checkCirclesOfClasses(INSIDE);
  }
}
