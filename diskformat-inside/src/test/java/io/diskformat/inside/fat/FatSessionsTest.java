package io.diskformat.inside.fat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random edits of volumes of each kind: after each of them {@code fsck.fat} has nothing to say, and
 * what mtools and this library read is what a model of the tree has.
 */
class FatSessionsTest {
  private static final int SESSIONS = Integer.getInteger("diskformat.sessions", 6);

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void sessionsAreAsTheModel(FatFlavour flavour) throws IOException {
    long seed = Seeds.of(FatSessionsTest.class, 1) + 1000L * flavour.ordinal();
    Random random = new Random(seed);
    Path image = directory.resolve("image");
    flavour.make(image);
    FatModel model = new FatModel(seed);
    for (int session = 0; session < SESSIONS; session++) {
      FatModel before = model.copy();
      boolean committed = random.nextInt(8) > 0;
      try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
          FileTreeEdit edit = FileTrees.edit(disk, Map.of())) {
        model.change(edit, 1 + random.nextInt(12));
        assertEquals(text(model.describe()), text(FatModel.describe(edit.tree())));
        if (committed) {
          edit.commit();
        }
      }
      model = committed ? model : before;
      assertSound(image);
      try (DiskImage disk = DiskImages.open(image, OpenOptions.readOnly().format("raw"))) {
        assertEquals(text(model.describe()), text(FatModel.describe(disk)), "session " + session);
      }
      // mtools know no characters that take two of UTF-16.
      Map<String, String> known = new TreeMap<>();
      model
          .describe()
          .forEach((name, is) -> known.put(name.replaceAll("[\\x{10000}-\\x{10FFFF}]", "__"), is));
      assertEquals(text(known), text(FatModel.describe(copied(image))));
    }
    System.out.println(flavour + ": " + model.describe().size() + " files at last");
  }

  private static String text(Map<String, String> files) {
    StringBuilder text = new StringBuilder();
    files.forEach((name, is) -> text.append(name).append(": ").append(is).append('\n'));
    return text.toString();
  }

  /** Fails if {@code fsck.fat} has more to say than what it is, and how many files there are. */
  static void assertSound(Path image) {
    Oracle.Result result = Oracle.of("fsck.fat").run("-n", image).orFail();
    assertEquals(2, result.output().lines().count(), result::toString);
  }

  private Path copied(Path image) throws IOException {
    Path copy = directory.resolve("copy");
    if (Files.exists(copy)) {
      try (Stream<Path> all = Files.walk(copy)) {
        List<Path> files = all.sorted(Comparator.reverseOrder()).toList();
        for (Path file : files) {
          Files.delete(file);
        }
      }
    }
    Files.createDirectory(copy);
    try (DiskImage disk = DiskImages.open(image, OpenOptions.readOnly().format("raw"))) {
      if (FatModel.describe(disk).isEmpty()) {
        return copy;
      }
    }
    FatFiles.run("mcopy", "-s", "-m", "-n", "-Q", "-i", image, "::*", copy);
    return copy;
  }
}
