package io.diskformat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport.Severity;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class CheckReportTest {

  @Test
  void countsWhatWasFoundAndTellsTheFirstOfIt() {
    CheckReport.Builder builder = new CheckReport.Builder();
    assertTrue(builder.build().isClean());
    for (int i = 0; i < CheckReport.MAX_PROBLEMS; i++) {
      builder.corruption("block map entry " + i, 512 + 4 * i, "index 9", "less than 5");
    }
    builder.leak("block 3", -1, "no owner", "one");
    builder.leak("block 4", -1, "no owner", "one");
    builder.checkError("block map", 512, "unreadable", "bytes");
    builder.totalClusters(7);
    builder.allocatedCluster(true, false);
    builder.allocatedCluster(false, true);
    builder.usedUpTo(900);
    builder.usedUpTo(800);
    CheckReport report = builder.build();
    assertEquals(CheckReport.MAX_PROBLEMS, report.corruptions());
    assertEquals(2, report.leaks());
    assertEquals(1, report.checkErrors());
    assertEquals(7, report.totalClusters());
    assertEquals(2, report.allocatedClusters());
    assertEquals(1, report.fragmentedClusters());
    assertEquals(1, report.compressedClusters());
    assertEquals(900, report.usedEnd());
    assertEquals(CheckReport.MAX_PROBLEMS, report.problems().size());
    assertFalse(report.isClean());
    assertEquals(Severity.CORRUPTION, report.problems().getFirst().severity());
    assertEquals(
        "block map entry 0 at offset 512: index 9, expected less than 5",
        report.problems().getFirst().toString());
  }

  @Test
  void addsWhatAnotherReportTells() {
    CheckReport.Builder other = new CheckReport.Builder();
    other.corruption("a", 1, "b", "c");
    other.leak("d", 2, "e", "f");
    other.leak("d", 3, "e", "f");
    other.checkError("g", 4, "h", "i");
    other.totalClusters(9);
    other.allocatedCluster(true, false);
    other.allocatedCluster(false, true);
    other.allocatedCluster(false, true);
    other.usedUpTo(700);
    CheckReport.Builder builder = new CheckReport.Builder();
    builder.addAll(other.build());
    assertEquals(other.build(), builder.build());
    CheckReport.Builder first = new CheckReport.Builder();
    first.corruption("before", -1, "b", "c");
    first.usedUpTo(800);
    first.addAll(other.build());
    assertEquals("before", first.build().problems().getFirst().structure());
    assertEquals(5, first.build().problems().size());
    assertEquals(2, first.build().corruptions());
    assertEquals(800, first.build().usedEnd());
    for (int i = 0; i < CheckReport.MAX_PROBLEMS; i++) {
      first.addAll(other.build());
    }
    assertEquals(CheckReport.MAX_PROBLEMS, first.build().problems().size());
  }

  @Test
  void aLeakIsNotClean() {
    CheckReport.Builder builder = new CheckReport.Builder();
    builder.leak("block 3", -1, "no owner", "one");
    assertFalse(builder.build().isClean());
    assertEquals("block 3: no owner, expected one", builder.build().problems().get(0).toString());
  }

  @Test
  void aFormatWithoutAnOperationRefusesItByName() throws IOException {
    try (ImageMaintenance image =
        DiskImages.maintain(
            MemoryStorage.of("x", new byte[512]), OpenOptions.writable().format("raw"))) {
      assertEquals("raw", image.info().format());
      assertRefused("checking", image::check);
      assertRefused("repairing", () -> image.repair(Repair.ALL));
      assertRefused("compacting", () -> image.compact(ProgressListener.NONE));
      assertRefused("committing", () -> image.commit(ProgressListener.NONE));
      assertRefused("emptying", image::empty);
    }
  }

  @Test
  void anImageThatIsOnlyCheckedCannotBeChanged() throws IOException {
    try (ImageMaintenance image =
        DiskImages.maintain(
            MemoryStorage.of("x", new byte[512]), OpenOptions.readOnly().format("raw"))) {
      assertRefused("checking", image::check);
      assertThrows(UnsupportedOperationException.class, () -> image.repair(Repair.ALL));
    }
  }

  private static void assertRefused(String what, Executable operation) {
    UnsupportedFeatureException e = assertThrows(UnsupportedFeatureException.class, operation);
    assertEquals("x: not supported: " + what + " an image of format raw", e.getMessage());
  }
}
