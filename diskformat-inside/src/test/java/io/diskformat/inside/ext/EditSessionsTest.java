package io.diskformat.inside.ext;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random changes in sessions, one after the other, beside a model. After each of them e2fsck finds
 * nothing, and this reader and debugfs find what the model has.
 */
class EditSessionsTest {
  private static final int SESSIONS = Integer.getInteger("diskformat.sessions", 4);
  private static final int CHANGES = 25;
  private static final long FIRST_TIME = 1_750_000_000;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(
      names = {
        "EXT2_1K",
        "EXT2_REVISION_0",
        "EXT3",
        "GROUP_CHECKSUMS",
        "MODERN",
        "MODERN_1K",
        "CHECKSUM_SEED",
        "NARROW",
        "SMALL_INODES",
        "META_GROUPS",
        "NO_JOURNAL",
        "ORPHAN_FILE",
        "SMALL_GROUPS",
        "INLINE_DATA",
        "LARGE_INODES"
      })
  void isLikeTheModel(ExtFlavour flavour) throws IOException {
    Random random = new Random(Seeds.of(EditSessionsTest.class, 1) + flavour.ordinal());
    Path files = Files.createDirectory(directory.resolve("files"));
    SmallTree.fill(files, random);
    Path image = directory.resolve("image");
    flavour.make(image, files, "16M");
    if (random.nextBoolean()) {
      // Directories get an index.
      assertTrue(Oracle.of("e2fsck").run("-fyD", image).exitCode() <= 1);
    }
    TreeModel model = read(image, random);
    for (int session = 0; session < SESSIONS; session++) {
      Instant now = Instant.ofEpochSecond(FIRST_TIME + session);
      try (BlockDevice device = DiskImages.open(image, OpenOptions.writable().format("raw"));
          ExtEdit edit = ExtEdit.of(device, now)) {
        model.change(edit, now, 1 + random.nextInt(CHANGES));
        assertEquals(model.describe(), TreeModel.describe(edit.tree()));
        edit.commit();
      } catch (UnsupportedFeatureException e) {
        // No order of writes does that, and nothing is written.
        model = read(image, random);
      }
      Edits.assertSilent(image);
      try (BlockDevice device = DiskImages.open(image, OpenOptions.readOnly().format("raw"))) {
        assertEquals(model.describe(), TreeModel.describe(new Ext().open(device, Map.of())));
      }
    }
    System.out.println(flavour + " " + model.made + " " + model.refused);
    assertTrue(model.made > 3 * model.refused, model.made + " made, refused " + model.refused);
    // Of files that are in their inodes, debugfs shows all that there is room for.
    if (flavour != ExtFlavour.INLINE_DATA && flavour != ExtFlavour.LARGE_INODES) {
      assertEquals(model.describeContent(), dump(image));
    }
  }

  private static TreeModel read(Path image, Random random) throws IOException {
    try (BlockDevice device = DiskImages.open(image, OpenOptions.readOnly().format("raw"))) {
      return new TreeModel(random, new Ext().open(device, Map.of()));
    }
  }

  /** Returns what debugfs finds, as {@link TreeModel#describeContent} says it. */
  private String dump(Path image) throws IOException {
    Path dumped = Files.createDirectory(directory.resolve("dumped"));
    Oracle.of("debugfs").run("-R", "rdump / " + dumped, image).orFail();
    List<String> found = new ArrayList<>();
    try (Stream<Path> all = Files.walk(dumped)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        String name = path.equals(dumped) ? "" : "/" + dumped.relativize(path);
        byte[] content = {};
        String kind = "DIRECTORY";
        String target = "";
        if (Files.isSymbolicLink(path)) {
          kind = "SYMBOLIC_LINK";
          target = Files.readSymbolicLink(path).toString();
        } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          kind = "FILE";
          content = Files.readAllBytes(path);
        }
        CRC32C sum = new CRC32C();
        sum.update(content);
        found.add(name + " " + kind + " " + content.length + " " + sum.getValue() + target + "\n");
      }
    }
    return found.stream().sorted().collect(joining());
  }
}
