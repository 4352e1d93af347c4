package io.diskformat.qcow2;

import io.diskformat.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
  @Test
  void isAFormatLikeOthers() {
    ArchitectureRules.checkFormatModule(Qcow2Format.class);
  }
}
