package io.diskformat.iso;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.iso.build.DiscBuilder;
import io.diskformat.iso.build.DiscOptions;
import io.diskformat.iso.build.DiscReport;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images made of random trees hold those trees, whoever reads them. */
final class CreatedImageTest {
  private static final long SEED = Seeds.of(CreatedImageTest.class, 1);

  @TempDir Path directory;

  private Path tree() throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    RandomTree.fill(tree, SEED);
    return tree;
  }

  private Path image() {
    return directory.resolve("made.iso");
  }

  /** JUnit warns of those that lead out of its directory. */
  @AfterEach
  void deleteLinks() throws IOException {
    for (Path path : TreeComparison.files(directory).values()) {
      if (Files.isSymbolicLink(path)) {
        Files.delete(path);
      }
    }
  }

  private DiscReport make(Path tree, DiscOptions options) throws IOException {
    return new DiscBuilder(options).addTree("/", tree).write(image(), true, ProgressListener.NONE);
  }

  private void assertHolds(Path tree, Map<String, String> choices) throws IOException {
    try (FileSystem files = DiskFileSystems.open(image(), OpenOptions.readOnly(), choices)) {
      TreeComparison.assertSame(tree, files.getPath("/"));
    }
  }

  private void assertXorrisoReads(Path tree) throws IOException {
    Path out = directory.resolve("extracted");
    Oracle.of("xorriso").run("-osirrox", "on", "-indev", image(), "-extract", "/", out).orFail();
    TreeComparison.assertSame(tree, out);
  }

  /** Fails unless bsdtar and isoinfo see the tree of Rock Ridge. */
  private void assertOthersRead(Path tree) throws IOException {
    Path out = Files.createDirectory(directory.resolve("by bsdtar"));
    Oracle.of("bsdtar");
    Oracle.of("env").run("LC_ALL=C.UTF-8", "bsdtar", "-xpf", image(), "-C", out).orFail();
    TreeComparison.assertSame(tree, out);
    String listed = Oracle.of("isoinfo").run("-R", "-f", "-i", image()).orFail().output();
    assertEquals(
        new TreeSet<>(paths(tree)), new TreeSet<>(listed.lines().map(String::strip).toList()));
  }

  /** isoinfo shows no spaces at the ends of lines as they are. */
  private static Set<String> paths(Path tree) throws IOException {
    return TreeComparison.files(tree).keySet().stream()
        .filter(path -> !path.isEmpty())
        .map(path -> ("/" + path).strip())
        .collect(Collectors.toSet());
  }

  /** Returns a tree without names that end with a dot, some of which 7z leaves out. */
  private Path treeFor7z() throws IOException {
    Path tree = tree();
    for (Path path : List.copyOf(TreeComparison.files(tree).values()).reversed()) {
      if (path.toString().endsWith(".")) {
        FileTime time = Files.getLastModifiedTime(path.getParent());
        Files.move(path, path.resolveSibling(path.getFileName() + "x"));
        Files.setLastModifiedTime(path.getParent(), time);
      }
    }
    return tree;
  }

  /** Fails unless a tool that sees the tree for Windows extracts it, as far as that goes. */
  private void assertJolietBy7z(Path tree, DiscReport report) throws IOException {
    Path out = directory.resolve("by 7z");
    Oracle.of("7z");
    Oracle.of("env").run("LC_ALL=C.UTF-8", "7z", "x", "-y", "-o" + out, image()).orFail();
    Map<String, Path> expected = recorded(tree, report, DiscReport.Tree.JOLIET);
    Set<String> found = new TreeSet<>(TreeComparison.files(out).keySet());
    found.remove("");
    assertEquals(String.join("\n", expected.keySet()), String.join("\n", found));
    for (Map.Entry<String, Path> file : expected.entrySet()) {
      if (Files.isRegularFile(file.getValue())) {
        assertEquals(-1, Files.mismatch(file.getValue(), out.resolve(file.getKey())));
      }
    }
  }

  /** Returns all but links, by the paths that they have in a tree. */
  private static Map<String, Path> recorded(Path tree, DiscReport report, DiscReport.Tree kind)
      throws IOException {
    Map<String, String> mapped = new HashMap<>();
    for (DiscReport.MappedName name : report.names()) {
      if (name.tree() == kind) {
        mapped.put(name.path(), name.recorded());
      }
    }
    Map<String, Path> recorded = new TreeMap<>();
    for (Map.Entry<String, Path> file : TreeComparison.files(tree).entrySet()) {
      if (file.getKey().isEmpty() || Files.isSymbolicLink(file.getValue())) {
        continue;
      }
      StringBuilder path = new StringBuilder();
      StringBuilder there = new StringBuilder();
      for (String name : file.getKey().split("/")) {
        path.append('/').append(name);
        there.append('/').append(mapped.getOrDefault(path.toString(), name));
      }
      recorded.put(there.substring(1), file.getValue());
    }
    return recorded;
  }

  @Test
  void rockRidge() throws IOException {
    Path tree = tree();
    DiscReport report = make(tree, DiscOptions.defaults());
    assertEquals(Files.size(image()), report.size());
    assertEquals(List.of(), report.names());
    assertHolds(tree, Map.of());
    assertXorrisoReads(tree);
    assertOthersRead(tree);
  }

  @Test
  void allTrees() throws IOException {
    Path tree = treeFor7z();
    DiscReport report = make(tree, DiscOptions.defaults().joliet(DiscOptions.Joliet.LONG).level(4));
    assertHolds(tree, Map.of("tree", "rockridge"));
    assertXorrisoReads(tree);
    assertOthersRead(tree);
    assertJolietBy7z(tree, report);
    Set<String> enhanced = new TreeSet<>(namesOf(Map.of("tree", "enhanced")));
    enhanced.remove("");
    Set<String> expected = recorded(tree, report, DiscReport.Tree.ENHANCED).keySet();
    assertEquals(String.join("\n", expected), String.join("\n", enhanced));
  }

  private Set<String> namesOf(Map<String, String> choices) throws IOException {
    try (FileSystem files = DiskFileSystems.open(image(), OpenOptions.readOnly(), choices)) {
      return Set.copyOf(TreeComparison.files(files.getPath("/")).keySet());
    }
  }

  @Test
  void jolietOfSixtyFourLetters() throws IOException {
    Path tree = treeFor7z();
    DiscReport report =
        make(
            tree,
            DiscOptions.defaults().joliet(DiscOptions.Joliet.STANDARD).rockRidge(false).level(1));
    assertJolietBy7z(tree, report);
    for (String path : namesOf(Map.of("tree", "plain"))) {
      for (String name : path.split("/")) {
        assertTrue(name.matches("[A-Z0-9_]{0,8}(\\.[A-Z0-9_]{1,3})?"), path);
      }
    }
    Set<String> all = TreeComparison.files(tree).keySet();
    long links = TreeComparison.files(tree).values().stream().filter(Files::isSymbolicLink).count();
    assertEquals(all.size() - links, namesOf(Map.of("tree", "plain")).size());
  }

  @Test
  void directoriesThatAreTooDeep() throws IOException {
    Path tree = tree();
    make(tree, DiscOptions.defaults().relocation(true));
    assertHolds(tree, Map.of());
    assertXorrisoReads(tree);
    Path out = Files.createDirectory(directory.resolve("by bsdtar"));
    Oracle.of("bsdtar");
    Oracle.of("env").run("LC_ALL=C.UTF-8", "bsdtar", "-xpf", image(), "-C", out).orFail();
    TreeComparison.assertSame(tree, out);
    for (String path : namesOf(Map.of("tree", "plain"))) {
      assertTrue(path.split("/").length <= 8, path);
    }
  }

  @Test
  void compressed() throws IOException {
    Path tree = tree();
    Files.writeString(tree.resolve("text"), "nothing new under the sun\n".repeat(100_000));
    Files.write(tree.resolve("zeroes"), new byte[1_000_000]);
    make(tree, DiscOptions.defaults().compression(true));
    assertTrue(Files.size(image()) < 1_500_000 + size(tree) - 3_600_000);
    assertHolds(tree, Map.of());
    assertXorrisoReads(tree);
    Path out = Files.createDirectory(directory.resolve("by bsdtar"));
    Oracle.of("env").run("LC_ALL=C.UTF-8", "bsdtar", "-xpf", image(), "-C", out).orFail();
    TreeComparison.assertSame(tree, out);
  }

  private static long size(Path tree) throws IOException {
    long size = 0;
    for (Path file : TreeComparison.files(tree).values()) {
      size += Files.isRegularFile(file) ? Files.size(file) : 2048;
    }
    return size;
  }

  /** The order in which a file system lists files does not matter, nor when they were read. */
  @Test
  void sameFilesMakeTheSameImage() throws IOException {
    Path tree = tree();
    DiscOptions options = DiscOptions.defaults().joliet(DiscOptions.Joliet.LONG).level(4);
    make(tree, options);
    Path first = Files.move(image(), directory.resolve("first.iso"));
    Path copy = Files.createDirectory(directory.resolve("copy"));
    Oracle.of("bash")
        .in(tree)
        .run(
            "-c",
            "find . -print0 | sort -zr | tar -c --null --no-recursion -T - | tar -xp -C \"$1\"",
            "bash",
            copy)
        .orFail();
    make(copy, options);
    assertEquals(-1, Files.mismatch(first, image()));
  }

  @Test
  void implantsAnMd5Sum() throws IOException {
    Path tree = tree();
    make(tree, DiscOptions.defaults().implantedMd5(true));
    Path theirs = Files.copy(image(), directory.resolve("theirs.iso"));
    Oracle.of("implantisomd5").run("-f", theirs).orFail();
    assertEquals(-1, Files.mismatch(theirs, image()));
    // It does not accept all that implantisomd5 makes of small images.
    if (image().toFile().length() > 1 << 22) {
      Oracle.of("checkisomd5").run(image()).orFail();
    }
    try (FileChannel image = FileChannel.open(image(), StandardOpenOption.WRITE)) {
      image.write(ByteBuffer.wrap(new byte[] {1}), 17 * 2048);
    }
    assertEquals(1, Oracle.of("checkisomd5").run(image()).exitCode());
  }
}
