package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each feature that mke2fs knows: files are changed, and e2fsck finds nothing; or it is named. */
class FeaturesTest {
  @TempDir Path directory;

  private Path make(String options) throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    SmallTree.fill(files, new Random(Seeds.of(FeaturesTest.class, 1)));
    Path image = directory.resolve("image");
    List<Object> arguments = new ArrayList<>(List.of("-q", "-t", "ext4", "-d", files));
    arguments.addAll(Arrays.asList(options.split(" ")));
    arguments.add(image);
    arguments.add("24M");
    Oracle.of("mke2fs").run(arguments.toArray()).orFail();
    return image;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-b 1024 -O sparse_super2,^resize_inode -g 4096",
        "-b 1024 -O sparse_super2,^resize_inode -g 4096 -E num_backup_sb=0",
        "-b 1024 -O ^sparse_super,^resize_inode -g 2048",
        "-b 1024 -O meta_bg,^resize_inode,64bit -g 1024",
        "-b 1024 -O meta_bg,^resize_inode,^metadata_csum,uninit_bg -g 1024",
        "-b 1024 -O ^flex_bg -g 2048",
        "-b 1024 -O flex_bg,uninit_bg,^metadata_csum -G 4 -g 1024",
        "-b 1024 -E packed_meta_blocks=1 -g 2048",
        "-b 1024 -E resize=4000000",
        "-b 2048 -O 64bit",
        "-b 4096 -O ^64bit,^filetype",
        "-b 1024 -O ^metadata_csum,^uninit_bg",
        "-b 4096 -O metadata_csum_seed",
        "-b 4096 -O casefold -E encoding=utf8",
        "-b 4096 -O encrypt,verity,stable_inodes",
        "-b 1024 -O ea_inode,large_dir",
        "-b 4096 -O orphan_file",
        "-b 4096 -O fast_commit -J size=8",
        "-b 1024 -O mmp",
        "-b 1024 -I 512 -O inline_data",
        "-b 1024 -O ^dir_index",
        "-b 1024 -O ^has_journal,^extent,^64bit",
        "-b 65536 -F -O ^has_journal",
      })
  void filesAreChanged(String options) throws IOException {
    Path image = make(options);
    assertTrue(Oracle.of("e2fsck").run("-fyD", image).exitCode() <= 1);
    Random random = new Random(Seeds.of(FeaturesTest.class, 1));
    TreeModel model;
    try (BlockDevice device = DiskImages.open(image, OpenOptions.readOnly().format("raw"))) {
      model = new TreeModel(random, new Ext().open(device, Map.of()));
    }
    for (int session = 0; session < 2; session++) {
      Instant now = Instant.ofEpochSecond(1_750_000_000 + session);
      try (BlockDevice device = DiskImages.open(image, OpenOptions.writable().format("raw"));
          ExtEdit edit = ExtEdit.of(device, now)) {
        model.change(edit, now, 20);
        edit.commit();
      }
      Edits.assertSilent(image);
    }
    try (BlockDevice device = DiskImages.open(image, OpenOptions.readOnly().format("raw"))) {
      assertEquals(model.describe(), TreeModel.describe(new Ext().open(device, Map.of())));
    }
    assertTrue(model.made > 2 * model.refused, model.made + " made, refused " + model.refused);
  }

  /** Where a count would change that is kept elsewhere, too, or space is given out in clusters. */
  @ParameterizedTest
  @CsvSource({
    "-b 4096 -O quota, quota",
    "-b 4096 -O quota -E quotatype=usrquota:grpquota:prjquota, quota",
    "-b 4096 -O project, project",
    "-b 1024 -O bigalloc -C 4096, bigalloc"
  })
  void whatIsInUseDoesNotChange(String options, String name) throws IOException {
    Path image = make(options);
    byte[] before = Files.readAllBytes(image);
    for (Edits.Script script :
        List.<Edits.Script>of(
            edit -> edit.createFile(Edits.find(edit, "/"), "new", 0644),
            edit -> edit.createDirectory(Edits.find(edit, "/"), "new", 0755),
            edit -> edit.delete(Edits.find(edit, "/a"), "of 5000"),
            edit -> edit.delete(Edits.find(edit, "/a"), "empty"),
            edit -> Edits.write(edit, "/of 1", 8192, new byte[1]))) {
      UnsupportedFeatureException e =
          assertThrows(UnsupportedFeatureException.class, () -> Edits.commit(image, script));
      assertTrue(e.feature().contains(name), e.feature());
    }
    assertArrayEquals(before, Files.readAllBytes(image));
  }

  private static void refuses(Path image, String name, Edits.Script script) throws IOException {
    byte[] before = Files.readAllBytes(image);
    UnsupportedFeatureException e =
        assertThrows(UnsupportedFeatureException.class, () -> Edits.commit(image, script));
    assertTrue(e.feature().contains(name), e.feature());
    assertArrayEquals(before, Files.readAllBytes(image));
  }

  /** A directory in which upper and lower case are the same has other hashes. */
  @Test
  void foldedDirectoriesAreRefused() throws IOException {
    Path image = make("-b 4096 -O casefold -E encoding=utf8");
    Oracle.of("debugfs").run("-w", "-R", "sif a/empty flags 0x40080000", image).orFail();
    refuses(image, "casefold", edit -> edit.createFile(Edits.find(edit, "/a/empty"), "x", 0644));
    refuses(image, "casefold", edit -> edit.delete(Edits.find(edit, "/a"), "empty"));
  }

  @Test
  void foldedNamesAreFound() throws IOException {
    Path image = make("-b 4096 -O casefold -E encoding=utf8");
    Path content = Files.writeString(directory.resolve("content"), "composed");
    Oracle.of("debugfs")
        .input("sif a flags 0x40080000\ncd a\nwrite %s é\n".formatted(content))
        .run("-w", "-f", "-", image)
        .orFail();
    try (FileSystem files = DiskFileSystems.open(image)) {
      assertEquals(5000, Files.size(files.getPath("/a/OF 5000")));
      assertEquals("composed", Files.readString(files.getPath("/a/E\u0301")));
      assertFalse(Files.exists(files.getPath("/a/of 5001")));
      // The root is no such directory.
      assertFalse(Files.exists(files.getPath("/A/of 5000")));
      assertFalse(Files.exists(files.getPath("/OF 1")));
    }
    Oracle.of("debugfs")
        .input("cd a\nwrite %s \"OF 5000\"\n".formatted(content))
        .run("-w", "-f", "-", image)
        .orFail();
    try (FileSystem files = DiskFileSystems.open(image)) {
      assertEquals(8, Files.size(files.getPath("/a/OF 5000")));
      assertEquals(5000, Files.size(files.getPath("/a/of 5000")));
    }
  }

  /** A value in an inode of its own has as many owners as it counts. */
  @Test
  void largeAttributesAreKept() throws IOException {
    Path image = make("-b 1024 -O ea_inode");
    Path value = Files.write(directory.resolve("value"), new byte[1000]);
    Oracle.of("debugfs")
        .run("-w", "-R", "ea_set -f " + value + " \"of 1000\" user.large", image)
        .orFail();
    // debugfs does not count its blocks.
    assertTrue(Oracle.of("e2fsck").run("-fy", image).exitCode() <= 1);
    refuses(image, "ea_inode", edit -> edit.delete(Edits.find(edit, "/"), "of 1000"));
    Edits.commit(image, edit -> Edits.write(edit, "/of 1000", 600, new byte[9000]));
    Edits.assertSilent(image);
  }
}
