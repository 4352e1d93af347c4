package io.diskformat.qcow2;

import io.diskformat.testing.HostileRun;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every field of every structure set to every value that might hurt; and then bytes at random. Run
 * in a JVM of its own with a heap of 64 MiB, by {@link HostileMain}.
 */
class HostileFieldsTest {
  /** How many random corruptions of each image; {@code -Ddiskformat.corruptions=N} for more. */
  private static final int CORRUPTIONS = Integer.getInteger("diskformat.corruptions", 1000);

  @TempDir private Path directory;

  @Test
  void everyFieldAtItsLimits() throws IOException {
    run(new HostileImages(directory).all(), CORRUPTIONS);
  }

  @Test
  void bombs() throws IOException {
    run(new Bombs(directory).all(), -1);
  }

  private static void run(List<Path> images, int corruptions) {
    HostileRun.inProcess(HostileMain.class, Seeds.of(HostileFieldsTest.class), corruptions, images);
  }
}
