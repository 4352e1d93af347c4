package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives of files inside of volumes, as GNU tar unpacks them. */
class TarArchiveTest {
  @TempDir Path directory;

  @Test
  void tarUnpacksWhatWeWrite() throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    RandomFiles.fill(files, Seeds.of(TarArchiveTest.class, 1));
    Path image = directory.resolve("image");
    Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", files, image, "64M").orFail();
    Oracle.of("debugfs")
        .input(
            "mknod pipe p\n"
                + "mknod disk b 8 1\n"
                + "ea_set pipe user.comment hello\n"
                + "sif pipe uid 3000000\n")
        .run("-w", "-f", "-", image)
        .orFail();
    Path archive = directory.resolve("archive.tar");
    try (FileSystem mounted = DiskFileSystems.open(image);
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(archive))) {
      TarArchive.write(mounted.getPath("/"), out);
    }
    String listed =
        Oracle.of("tar").run("--numeric-owner", "--xattrs", "-tvvf", archive).orFail().output();
    List<String> devices =
        Stream.of("pipe", "disk")
            .map(name -> line(listed, "./" + name).replaceAll(" +", " "))
            .toList();
    assertTrue(devices.get(0).matches("p\\S+ 3000000/\\d+ 0 .* \\./pipe"), devices.get(0));
    assertTrue(devices.get(1).matches("b\\S+ \\d+/\\d+ 8,1 .* \\./disk"), devices.get(1));
    assertTrue(listed.contains("user.comment"), listed);
    Path target = Files.createDirectory(directory.resolve("target"));
    Oracle.of("tar")
        .run(
            "-xpf",
            archive,
            "-C",
            target,
            "--exclude",
            "./disk",
            "--exclude",
            "./pipe",
            "--no-same-owner")
        .orFail();
    Trees.assertSame(files, target);
  }

  private static String line(String listed, String name) {
    List<String> lines = listed.lines().filter(each -> each.endsWith(" " + name)).toList();
    assertEquals(1, lines.size(), name);
    return lines.getFirst();
  }
}
