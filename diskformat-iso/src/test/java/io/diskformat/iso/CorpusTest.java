package io.diskformat.iso;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.testing.Corpus;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Images that are about in the world are read as other tools read them, or refused for a reason.
 */
final class CorpusTest {
  /** Why those are refused that are, wholly or for a file in them. */
  private static final Map<String, String> REFUSED =
      Map.of(
          "test_read_format_iso_rockridge_ce_loop.iso", "more than 32 areas",
          "test_read_format_iso_zisofs_overflow.iso", "zisofs");

  @TempDir Path directory;

  static List<Corpus.Sample> samples() throws IOException {
    return Corpus.samples("iso");
  }

  private Path unpacked(Corpus.Sample sample) throws IOException {
    if (!sample.toString().endsWith(".gz")) {
      return sample.file();
    }
    Path file = directory.resolve("unpacked.iso");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(sample.file()))) {
      Files.copy(in, file);
    }
    return file;
  }

  @ParameterizedTest
  @MethodSource("samples")
  void tree(Corpus.Sample sample) throws IOException {
    Path file = unpacked(sample);
    String refused = REFUSED.get(sample.toString());
    if (refused != null) {
      DiskFormatException e = assertThrows(DiskFormatException.class, () -> walk(file));
      assertTrue(e.getMessage().contains(refused), e.getMessage());
      return;
    }
    List<String> paths = walk(file);
    try (DiskImage disc = DiskImages.open(file)) {
      if (FileTrees.open(disc, Map.of()).kind().equals("rockridge")) {
        Set<String> theirs = byXorriso(file);
        // There only to keep directories of other places, which xorriso mostly hides as well.
        theirs.remove("/rr_moved");
        assertEquals(String.join("\n", theirs), String.join("\n", namesOf(paths)));
      }
    }
  }

  private static List<String> walk(Path file) throws IOException {
    try (DiskImage disc = DiskImages.open(file)) {
      FileTree tree = FileTrees.open(disc, Map.of());
      return TreeWalk.of(tree);
    }
  }

  private static Set<String> namesOf(List<String> paths) {
    Set<String> names = new TreeSet<>();
    paths.forEach(path -> names.add(path.replaceFirst(" -> .*", "")));
    return names;
  }

  private static Set<String> byXorriso(Path file) {
    Oracle.Result found = Oracle.of("xorriso").run("-indev", file, "-find", "/", "--").orFail();
    Set<String> names = new TreeSet<>();
    Arrays.stream(found.output().split("\n"))
        .filter(line -> line.startsWith("'") && !line.equals("'/'"))
        .forEach(line -> names.add(line.substring(1, line.lastIndexOf('\''))));
    return names;
  }

  /**
   * Contents, modes and times are those that bsdtar extracts, or 7-Zip from plain trees and UDF;
   * both know other names of some files, of which there is nothing to compare then, but not of all.
   */
  @ParameterizedTest
  @MethodSource("samples")
  void contents(Corpus.Sample sample) throws IOException {
    Path file = unpacked(sample);
    if (REFUSED.containsKey(sample.toString()) || sample.toString().contains("overflow")) {
      return;
    }
    Path out = Files.createDirectory(directory.resolve("out"));
    try (FileSystem files = DiskFileSystems.open(file)) {
      FileStore store = files.getFileStores().iterator().next();
      switch (store.type()) {
        case "udf" -> Oracle.of("7z").run("x", "-tudf", "-o" + out, file).orFail();
        case "plain" -> Oracle.of("7z").run("x", "-tiso", "-o" + out, file).orFail();
        default -> Oracle.of("bsdtar").run("-xpf", file, "-C", out).orFail();
      }
      int compared = 0;
      int regular = 0;
      for (Map.Entry<String, Path> each : TreeComparison.files(files.getPath("/")).entrySet()) {
        Path ours = each.getValue();
        Path theirs = out.resolve(each.getKey());
        if (!Files.isRegularFile(ours, LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        regular++;
        if (!Files.isRegularFile(theirs, LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        compared++;
        assertEquals(-1, Files.mismatch(theirs, ours), each.getKey());
        assertEquals(
            Files.getLastModifiedTime(theirs).to(TimeUnit.SECONDS),
            Files.getLastModifiedTime(ours).to(TimeUnit.SECONDS),
            each.getKey());
        if (store.type().equals("rockridge")) {
          assertEquals(
              Files.getPosixFilePermissions(theirs),
              Files.getPosixFilePermissions(ours),
              each.getKey());
        }
      }
      assertTrue(compared * 10 >= regular * 9, compared + " of " + regular);
    } finally {
      deleteLinks(out);
    }
  }

  /** JUnit warns of those that lead out of its directory. */
  private static void deleteLinks(Path below) throws IOException {
    for (Path path : TreeComparison.files(below).values()) {
      if (Files.isSymbolicLink(path)) {
        Files.delete(path);
      }
    }
  }

  /** As a disk, each is what it is. */
  @ParameterizedTest
  @MethodSource("samples")
  void disk(Corpus.Sample sample) throws IOException {
    Path file = unpacked(sample);
    try (DiskImage disc = DiskImages.open(file, OpenOptions.readOnly())) {
      assertEquals("iso", disc.info().format());
      byte[] all = new byte[Math.toIntExact(disc.size())];
      disc.read(0, all);
      assertEquals(-1, Arrays.mismatch(Arrays.copyOf(Files.readAllBytes(file), all.length), all));
    }
  }
}
