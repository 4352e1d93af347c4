package io.diskformat.iso;

import io.diskformat.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
  @Test
  void isAFormatLikeOthers() {
    ArchitectureRules.checkFormatModule(IsoFormat.class);
  }
}
