package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.hash.Hashing;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A seed decides all about damaged images, so that who repeats a case sees the same. */
class DamagedImagesTest {
  private static final int IMAGES = 8;
  private static final int DAMAGES = 200;

  @TempDir private Path directory;

  @Test
  void imagesAndDamagesAreTheSameEachTime() throws IOException {
    long seed = Seeds.of(DamagedImagesTest.class, 1);
    String once = made(Files.createDirectory(directory.resolve("once")), seed);
    String again = made(Files.createDirectory(directory.resolve("again")), seed);
    assertEquals(once, again, Seeds.toRepeat(seed));
  }

  private static String made(Path to, long seed) throws IOException {
    DamagedImages images = new DamagedImages(to, new Random(seed));
    images.make(IMAGES);
    List<String> made = new ArrayList<>();
    try (Stream<Path> files = Files.list(to)) {
      for (Path file : files.sorted().toList()) {
        made.add(file.getFileName() + ": " + Hashing.sha256().hashBytes(Files.readAllBytes(file)));
      }
    }
    for (int i = 0; i < DAMAGES; i++) {
      DamagedImages.Damaged damaged = images.next();
      made.add(damaged.toString());
      damaged.undo();
    }
    return String.join("\n", made);
  }
}
