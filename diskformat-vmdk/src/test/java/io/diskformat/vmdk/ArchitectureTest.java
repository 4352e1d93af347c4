package io.diskformat.vmdk;

import io.diskformat.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
  @Test
  void isAFormatLikeOthers() {
    ArchitectureRules.checkFormatModule(VmdkFormat.class);
  }
}
