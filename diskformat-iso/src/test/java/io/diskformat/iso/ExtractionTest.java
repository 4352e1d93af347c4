package io.diskformat.iso;

import static io.diskformat.iso.HandmadeIso.ROOT;
import static io.diskformat.iso.HandmadeIso.SECTOR;
import static io.diskformat.iso.HandmadeIso.entry;
import static io.diskformat.iso.HandmadeIso.name;
import static io.diskformat.iso.HandmadeIso.posix;
import static io.diskformat.iso.HandmadeIso.record;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.filesystem.ExtractionReport;
import io.diskformat.filesystem.TreeExtraction;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is extracted is what is on the disc, and stays where it belongs. */
final class ExtractionTest {
  @TempDir Path directory;
  private Path out;
  private Path outside;

  @BeforeEach
  void make() throws IOException {
    out = directory.resolve("out");
    outside = Files.createDirectory(directory.resolve("outside"));
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

  private ExtractionReport extract(HandmadeIso disc) throws IOException {
    try (FileSystem files = DiskFileSystems.open(disc.device(), Map.of())) {
      return TreeExtraction.of(files.getPath("/")).to(out);
    }
  }

  private static List<String> paths(ExtractionReport report) {
    List<String> paths = new ArrayList<>();
    report.reasons().forEach(file -> paths.add(file.path()));
    return paths;
  }

  private static byte[] link(String target) {
    return entry(
        "SL",
        new byte[] {0, (byte) (target.startsWith("/") ? 8 : 0), 0},
        part(target.startsWith("/") ? target.substring(1) : target));
  }

  private static byte[] part(String text) {
    byte[] all = new byte[0];
    for (String name : text.split("/", -1)) {
      byte[] bytes = name.getBytes();
      boolean up = name.equals("..");
      all =
          HandmadeIso.joined(
              all,
              new byte[] {(byte) (up ? 4 : 0), (byte) (up ? 0 : bytes.length)},
              up ? new byte[0] : bytes);
    }
    return all;
  }

  private static byte[] relative(String target) {
    return entry("SL", new byte[] {0}, part(target));
  }

  @Test
  void aRandomTree() throws IOException {
    long seed = Seeds.of(getClass(), 1);
    Path tree = Files.createDirectory(directory.resolve("tree"));
    RandomTree.fill(tree, seed);
    Path image = directory.resolve("made.iso");
    Oracle.of("xorriso")
        .run("-as", "mkisofs", "-quiet", "-R", "-iso-level", "3", "-o", image, tree)
        .orFail();
    ExtractionReport report;
    try (FileSystem files = DiskFileSystems.open(image)) {
      report = TreeExtraction.of(files.getPath("/")).anyLinks().to(out);
    }
    assertTrue(report.isComplete(), () -> report.reasons() + Seeds.toRepeat(seed));
    Set<PosixFilePermission> masked = allowedByUmask();
    Map<String, Path> expected = TreeComparison.files(tree);
    assertEquals(expected.keySet(), TreeComparison.files(out).keySet());
    for (Map.Entry<String, Path> file : expected.entrySet()) {
      Path ours = out.resolve(file.getKey());
      if (file.getKey().isEmpty() || Files.isSymbolicLink(file.getValue())) {
        continue;
      }
      Set<PosixFilePermission> wanted = Files.getPosixFilePermissions(file.getValue());
      wanted.retainAll(masked);
      assertEquals(wanted, Files.getPosixFilePermissions(ours), file.getKey());
      assertEquals(
          Files.getLastModifiedTime(file.getValue()).to(TimeUnit.SECONDS),
          Files.getLastModifiedTime(ours).to(TimeUnit.SECONDS),
          file.getKey());
      if (Files.isRegularFile(ours)) {
        assertArrayEquals(Files.readAllBytes(file.getValue()), Files.readAllBytes(ours));
      }
    }
  }

  private Set<PosixFilePermission> allowedByUmask() throws IOException {
    Path probe =
        Files.createFile(
            directory.resolve("probe"),
            PosixFilePermissions.asFileAttribute(Set.of(PosixFilePermission.values())));
    return Files.getPosixFilePermissions(probe);
  }

  @Test
  void namesStayInside() throws IOException {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(
            ROOT,
            record("A", 25, 1, 0, name("../outside/a")),
            record("B", 25, 1, 0, name("..")),
            record("C", 25, 1, 0, name("/etc/x")),
            record("D", 25, 1, 0, name("n\0l")),
            record("E", 21, SECTOR, 2, name("..")))
        .directory(21, record("F", 25, 1, 0, name("f")));
    ExtractionReport report = extract(disc);
    assertEquals(List.of(), List.of(outside.toFile().list()));
    assertEquals(4, report.files());
    // The directory has the name that a file has already.
    assertEquals(List.of("/\ufffd\ufffd"), paths(report));
    try (var found = Files.list(directory)) {
      assertEquals(2, found.count());
    }
  }

  @Test
  void linksAreMadeLastAndNoneLeadsOut() throws IOException {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(
            ROOT,
            record("A", 0, 0, 0, name("planted"), posix(0120777), link(outside.toString())),
            record("B", 21, SECTOR, 2, name("planted")),
            record("C", 0, 0, 0, name("absolute"), posix(0120777), link("/etc/passwd")),
            record("D", 0, 0, 0, name("up"), posix(0120777), relative("../outside")),
            record("E", 0, 0, 0, name("by way"), posix(0120777), relative("inner/..")),
            record("F", 0, 0, 0, name("inner"), posix(0120777), relative("planted/f")))
        .directory(
            21,
            record("F", 25, 1, 0, name("f")),
            record("H", 0, 0, 0, name("through"), posix(0120777), relative("other/../f")),
            record("G", 0, 0, 0, name("fine"), posix(0120777), relative("../planted/f")));
    ExtractionReport report = extract(disc);
    assertEquals(List.of(), List.of(outside.toFile().list()));
    assertTrue(Files.isRegularFile(out.resolve("planted/f"), LinkOption.NOFOLLOW_LINKS));
    assertEquals(
        List.of("/planted", "/planted/through", "/absolute", "/up", "/by way"), paths(report));
    assertEquals(Path.of("planted/f"), Files.readSymbolicLink(out.resolve("inner")));
    assertTrue(Files.isRegularFile(out.resolve("planted/fine")));
    assertEquals(2, report.links());
  }

  @Test
  void linksThatAreThereAreNotFollowed() throws IOException {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(
            ROOT, record("A", 21, SECTOR, 2, name("sub")), record("B", 25, 1, 0, name("file")))
        .directory(21, record("F", 25, 1, 0, name("f")));
    Files.createDirectory(out);
    Files.createSymbolicLink(out.resolve("sub"), outside);
    Files.createSymbolicLink(out.resolve("file"), outside.resolve("file"));
    assertEquals(List.of("/sub", "/file"), paths(extract(disc)));
    assertEquals(List.of(), List.of(outside.toFile().list()));
    try (FileSystem files = DiskFileSystems.open(disc.device(), Map.of())) {
      // The link to a file is replaced, and that to a directory still not followed.
      ExtractionReport report = TreeExtraction.of(files.getPath("/")).overwrite().to(out);
      assertEquals(List.of("/sub"), paths(report));
    }
    assertTrue(Files.isRegularFile(out.resolve("file"), LinkOption.NOFOLLOW_LINKS));
    assertEquals(List.of(), List.of(outside.toFile().list()));
  }

  @Test
  void noSetIdsAndNoDevices() throws IOException {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(
        ROOT,
        record("A", 25, 1, 0, name("runs"), posix(0106755)),
        record("B", 0, 0, 0, name("disk"), posix(0060666), entry("PN", new byte[16])));
    assertEquals(List.of("/disk"), paths(extract(disc)));
    assertEquals(0755, (int) Files.getAttribute(out.resolve("runs"), "unix:mode") & 07777);
    try (FileSystem files = DiskFileSystems.open(disc.device(), Map.of())) {
      TreeExtraction.of(files.getPath("/runs")).setIds().overwrite().to(out);
    }
    assertEquals(06755, (int) Files.getAttribute(out.resolve("runs"), "unix:mode") & 07777);
  }

  @Test
  void nothingIsWrittenBeyondTheBudget() throws IOException {
    HandmadeIso disc = new HandmadeIso(30);
    for (int i = 0; i < 20; i++) {
      disc.directory(ROOT, record("F" + i, 21, 9 * SECTOR, 0));
    }
    try (FileSystem files = DiskFileSystems.open(disc.device(), Map.of())) {
      TreeExtraction extraction = TreeExtraction.of(files.getPath("/"));
      extraction.maxBytes(20 * 9 * SECTOR - 1);
      assertThrows(DiskFormatException.class, () -> extraction.to(out));
      assertFalse(Files.exists(out));
      extraction.maxBytes(20 * 9 * SECTOR).maxFiles(19);
      assertThrows(DiskFormatException.class, () -> extraction.to(out));
      assertFalse(Files.exists(out));
      assertEquals(20, extraction.maxFiles(20).to(out).files());
    }
  }

  /** What can be read is extracted, and the rest reported. */
  @Test
  void whatMakesNoSenseIsLeftOut() throws IOException {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(
            ROOT,
            record("LOOP", ROOT, SECTOR, 2, name("loop")),
            record("SUB", 21, SECTOR, 2, name("sub")),
            record("BEYOND", 29, 2 * SECTOR, 0, name("beyond")))
        .directory(21, record("F", 25, 1, 0, name("f")));
    ExtractionReport report = extract(disc);
    assertEquals(1, report.files());
    assertEquals(List.of("/loop", "/beyond"), paths(report));
    assertTrue(Files.exists(out.resolve("sub/f")));
    assertFalse(Files.exists(out.resolve("beyond")));
  }

  @Test
  void whatIsThereIsKept() throws IOException {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT, record("F", 25, 5, 0, name("f"))).content(25, "hello");
    Files.createDirectory(out);
    Files.writeString(out.resolve("f"), "mine");
    assertEquals(List.of("/f"), paths(extract(disc)));
    assertEquals("mine", Files.readString(out.resolve("f")));
  }
}
