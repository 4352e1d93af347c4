package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.inside.KernelMount;
import io.diskformat.inside.RandomFiles;
import io.diskformat.inside.Trees;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the kernel sees of edits, and what this reader sees of volumes that the kernel had mounted
 * and did not unmount. Skipped where nothing can be mounted.
 */
class KernelTest {
  private static final int SESSIONS = Integer.getInteger("diskformat.sessions", 1);
  private static final int CUTS = Integer.getInteger("diskformat.cuts", 1);

  @TempDir Path directory;

  /** After random edits the kernel sees the same files, and writes; e2fsck finds nothing then. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "EXT2_1K",
        "EXT3",
        "GROUP_CHECKSUMS",
        "MODERN",
        "MODERN_1K",
        "CHECKSUM_SEED",
        "INLINE_DATA",
        "LARGE_INODES",
        "NO_JOURNAL",
        "META_GROUPS"
      })
  void theKernelSeesTheEdits(ExtFlavour flavour) throws Exception {
    Random random = new Random(Seeds.of(KernelTest.class, 1) + flavour.ordinal());
    Path files = Files.createDirectory(directory.resolve("files"));
    SmallTree.fill(files, random);
    Path image = directory.resolve("image");
    flavour.make(image, files, "16M");
    assertTrue(Oracle.of("e2fsck").run("-fyD", image).exitCode() <= 1);
    for (int session = 0; session < SESSIONS; session++) {
      Instant now = Instant.ofEpochSecond(1_750_000_000L + session);
      try (BlockDevice device = DiskImages.open(image, OpenOptions.writable().format("raw"));
          ExtEdit edit = ExtEdit.of(device, now)) {
        new TreeModel(random, edit.tree()).change(edit, now, 25);
        edit.commit();
      } catch (UnsupportedFeatureException e) {
        // No order of writes does that, and nothing is written.
        continue;
      }
      Map<String, String> ours = describe(image, "replay");
      try (KernelMount mount = KernelMount.of(image, directory.resolve("mounted"), "rw")) {
        assertEquals(ours, withoutRoot(Trees.describe(mount.root())));
        Files.writeString(mount.root().resolve("by the kernel " + session), "written");
      }
      Edits.assertSilent(image);
      assertTrue(describe(image, "replay").containsKey("by the kernel " + session));
    }
  }

  /** What is new in a directory with an access list for that gets what the kernel gives it. */
  @ParameterizedTest
  @CsvSource({"MODERN, 0", "MODERN, 60", "SMALL_INODES, 2", "EXT3, 3", "MODERN_1K, 20"})
  void newFilesGetTheListsThatTheKernelGivesThem(ExtFlavour flavour, int most) throws Exception {
    Random random = new Random(Seeds.of(KernelTest.class, 1) + most);
    Path files = Files.createDirectory(directory.resolve("files"));
    String[] parents = {"p", "q", "r", "s"};
    for (String parent : parents) {
      Files.createDirectory(files.resolve(parent));
    }
    Path image = directory.resolve("image");
    flavour.make(image, files, "16M");
    for (String parent : parents) {
      int users = random.nextInt(most + 1);
      int groups = random.nextInt(most + 1) - users;
      List<Integer> list = new ArrayList<>(List.of(1, random.nextInt(8), -1));
      for (int i = 0; i < users; i++) {
        list.addAll(List.of(2, random.nextInt(8), i * 100));
      }
      list.addAll(List.of(4, random.nextInt(8), -1));
      for (int i = 0; i < groups; i++) {
        list.addAll(List.of(8, random.nextInt(8), i * 70));
      }
      if (list.size() > 6 || random.nextBoolean()) {
        list.addAll(List.of(0x10, random.nextInt(8), -1));
      }
      list.addAll(List.of(0x20, random.nextInt(8), -1));
      AccessListsTest.set(
          directory.resolve("list"),
          image,
          parent,
          AccessListsTest.DEFAULT,
          AccessListsTest.list(list.stream().mapToInt(i -> i).toArray()));
    }
    Path byKernel = Files.copy(image, directory.resolve("by-kernel"));
    try (KernelMount mount = KernelMount.of(byKernel, directory.resolve("mounted"), "rw")) {
      for (String parent : parents) {
        AccessListsTest.fill(mount.root().resolve(parent));
      }
    }
    AccessListsTest.fill(image, parents);
    Edits.assertSilent(image);
    assertEquals(AccessListsTest.described(byKernel), AccessListsTest.described(image));
  }

  private static Map<String, String> describe(Path image, String journal) throws IOException {
    try (FileSystem files =
        DiskFileSystems.open(image, OpenOptions.readOnly(), Map.of("journal", journal))) {
      return withoutRoot(Trees.describe(files.getPath("/")));
    }
  }

  private static Map<String, String> withoutRoot(Map<String, String> tree) {
    Map<String, String> without = new TreeMap<>(tree);
    without.remove("");
    return without;
  }

  /** The kernel finds each name by its hash, also one that it adds itself. */
  @ParameterizedTest
  @CsvSource({
    "MODERN_1K, half_md4, 1",
    "MODERN_1K, tea, 2",
    "MODERN_1K, legacy, 1",
    "MODERN_1K, half_md4, 2",
    "EXT3, half_md4, 1"
  })
  void theKernelFindsNamesByTheIndex(ExtFlavour flavour, String hash, int sign) throws Exception {
    Path files = Files.createDirectory(directory.resolve("files"));
    Path crowd = Files.createDirectory(files.resolve("crowd"));
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      names.add("a name that is not short at all, number " + i);
      Files.createFile(crowd.resolve(names.getLast()));
    }
    Path image = directory.resolve("image");
    flavour.make(image, files, "24M");
    Oracle.of("tune2fs").run("-E", "hash_alg=" + hash, image).orFail();
    Oracle.of("debugfs").run("-w", "-R", "ssv flags " + sign, image).orFail();
    assertTrue(Oracle.of("e2fsck").run("-fyD", image).exitCode() <= 1);
    Edits.commit(
        image,
        edit -> {
          for (int i = 0; i < 500; i++) {
            names.add((i % 2 == 0 ? "ümläut " : "x".repeat(i % 200)) + i);
            edit.createFile(Edits.find(edit, "/crowd"), names.getLast(), 0644);
          }
        });
    Edits.assertSilent(image);
    try (KernelMount mount = KernelMount.of(image, directory.resolve("mounted"), "rw")) {
      for (String name : names) {
        Path path = mount.root().resolve("crowd").resolve(name);
        assertTrue(Files.exists(path, LinkOption.NOFOLLOW_LINKS), name);
      }
      for (int i = 0; i < 300; i++) {
        Files.createFile(mount.root().resolve("crowd/by the kernel " + i));
      }
    }
    Edits.assertSilent(image);
  }

  /**
   * A volume that was cut off while the kernel wrote it: what is read is what is read when e2fsck
   * has written its journal out, and it is not changed.
   */
  @ParameterizedTest
  @EnumSource(names = {"EXT3", "GROUP_CHECKSUMS", "MODERN", "MODERN_1K", "ORPHAN_FILE"})
  void readsWhatTheKernelDidNotUnmount(ExtFlavour flavour) throws Exception {
    Random random = new Random(Seeds.of(KernelTest.class, 1) + flavour.ordinal());
    Path files = Files.createDirectory(directory.resolve("files"));
    SmallTree.fill(files, random);
    Path image = directory.resolve("image");
    flavour.make(image, files, "24M");
    List<Path> cuts = new ArrayList<>();
    // So that the kernel writes its journal when it is asked to, and not while the image is copied.
    try (KernelMount mount =
        KernelMount.of(image, directory.resolve("mounted"), "rw,commit=3600")) {
      for (int cut = 0; cut < CUTS; cut++) {
        RandomFiles.fill(
            Files.createDirectory(mount.root().resolve("new " + cut)), random.nextLong());
        Files.deleteIfExists(mount.root().resolve("a/of 50000"));
        Files.write(mount.root().resolve("of 300000"), new byte[1000 * (cut + 1)]);
        mount.sync();
        Files.createDirectory(mount.root().resolve("not committed " + cut));
        cuts.add(Files.copy(image, directory.resolve("cut" + cut)));
      }
    }
    for (Path cut : cuts) {
      Path writtenOut = Files.copy(cut, directory.resolve(cut.getFileName() + " written out"));
      assertTrue(Oracle.of("e2fsck").run("-fy", writtenOut).exitCode() <= 1);
      Map<String, String> found = describe(cut, "replay");
      assertEquals(describe(writtenOut, "refuse"), found);
      assertTrue(found.keySet().stream().anyMatch(name -> name.startsWith("new ")));
      byte[] before = Files.readAllBytes(cut);
      UnsupportedFeatureException e =
          assertThrows(UnsupportedFeatureException.class, () -> Edits.commit(cut, edit -> {}));
      assertTrue(e.feature().contains("needs_recovery"), e.feature());
      assertArrayEquals(before, Files.readAllBytes(cut));
    }
  }
}
