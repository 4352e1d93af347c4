package io.diskformat.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.device.ZeroDevice;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.ProviderMismatchException;
import java.util.Random;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Paths in a tree are paths as Unix has them: the JDK's own are compared with. */
final class TreePathTest {
  private static final FileSystem HOST = FileSystems.getDefault();

  private final TreeFileSystem files =
      new TreeFileSystem(new DiskFileSystemProvider(), null, null, "file:///x.iso", () -> {});

  @BeforeEach
  void comparesWithUnix() {
    assumeTrue(File.separatorChar == '/');
  }

  private static String random(Random random, String... parts) {
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(6); n > 0; n--) {
      text.append(parts[random.nextInt(parts.length)]);
    }
    return text.toString();
  }

  private static String randomPath(Random random) {
    return random(random, "/", "/", "a", "bc", ".", "..", "//");
  }

  private static void assertSame(Path host, Path ours, String what) {
    assertEquals(String.valueOf(host), String.valueOf(ours), what);
    if (host != null) {
      assertEquals(host.isAbsolute(), ours.isAbsolute(), what);
      assertEquals(host.getNameCount(), ours.getNameCount(), what);
    }
  }

  @Test
  void areThoseOfUnix() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      String text = randomPath(random);
      String otherText = randomPath(random);
      String what = "\"" + text + "\" and \"" + otherText + "\"";
      Path host = HOST.getPath(text);
      Path ours = files.getPath(text);
      Path otherHost = HOST.getPath(otherText);
      Path other = files.getPath(otherText);
      assertSame(host, ours, what);
      assertSame(host.getRoot(), ours.getRoot(), what);
      assertSame(host.getParent(), ours.getParent(), what);
      assertSame(host.getFileName(), ours.getFileName(), what);
      assertSame(host.normalize(), ours.normalize(), what);
      assertSame(host.resolve(otherHost), ours.resolve(other), what);
      assertSame(host.resolveSibling(otherHost), ours.resolveSibling(other), what);
      assertEquals(host.startsWith(otherHost), ours.startsWith(other), what);
      assertEquals(host.endsWith(otherHost), ours.endsWith(other), what);
      assertEquals(host.equals(otherHost), ours.equals(other), what);
      if (ours.equals(other)) {
        assertEquals(ours.hashCode(), other.hashCode(), what);
      }
      assertEquals(
          Integer.signum(host.compareTo(otherHost)), Integer.signum(ours.compareTo(other)), what);
      for (int from = 0; from < host.getNameCount(); from++) {
        assertSame(
            host.subpath(from, host.getNameCount()),
            files.getPath(text).subpath(from, ours.getNameCount()),
            what);
        assertSame(host.getName(from), ours.getName(from), what);
      }
    }
  }

  @Test
  void relativizesAsUnixDoes() {
    Random random = new Random(2);
    for (int i = 0; i < 20_000; i++) {
      String start = random.nextBoolean() ? "/" : "";
      String text = start + random(random, "a", "b", "/", "/");
      String otherText = start + random(random, "a", "b", "/", "/");
      if (HOST.getPath(text).isAbsolute() == HOST.getPath(otherText).isAbsolute()) {
        assertSame(
            HOST.getPath(text).relativize(HOST.getPath(otherText)),
            files.getPath(text).relativize(files.getPath(otherText)),
            "\"" + text + "\" and \"" + otherText + "\"");
      }
    }
  }

  @Test
  void globsAreThoseOfUnix() {
    Random random = new Random(3);
    int good = 0;
    for (int i = 0; i < 20_000; i++) {
      String glob =
          "glob:"
              + random(
                  random, "*", "?", "a", "b", "{a,", "b}", "[ab", "[!a", "-", "]", "\\", "/", "**",
                  ".", ",", "^", "$");
      PathMatcher host;
      try {
        host = HOST.getPathMatcher(glob);
      } catch (PatternSyntaxException e) {
        assertThrows(PatternSyntaxException.class, () -> files.getPathMatcher(glob), glob);
        continue;
      }
      good++;
      PathMatcher ours = files.getPathMatcher(glob);
      for (int j = 0; j < 10; j++) {
        String path = random(random, "a", "b", "/", ".", "-", ",", "^");
        assertEquals(
            host.matches(HOST.getPath(path)), ours.matches(files.getPath(path)), glob + " " + path);
      }
    }
    assertEquals(true, good > 5000);
  }

  @Test
  void belongToTheirFileSystem() {
    assertThrows(InvalidPathException.class, () -> files.getPath("a\0b"));
    assertThrows(
        ProviderMismatchException.class, () -> files.getPath("a").resolve(HOST.getPath("b")));
    assertEquals(false, files.getPath("a").equals(HOST.getPath("a")));
  }

  /** As the JDK's own show them that are read of a link. */
  @Test
  void linksKeepEachSlash() throws IOException {
    FileSystem edited = DiskFileSystems.of(new ZeroDevice("memory", 512), new MemoryTree());
    Random random = new Random(4);
    int slashes = 0;
    for (int i = 0; i < 200; i++) {
      String target = randomPath(random);
      if (target.isEmpty()) {
        continue;
      }
      Path link = Files.createSymbolicLink(edited.getPath("/l" + i), edited.getPath(target));
      Path read = Files.readSymbolicLink(link);
      assertEquals(target, read.toString());
      Path plain = edited.getPath(target);
      slashes += plain.toString().equals(target) ? 0 : 1;
      assertEquals(plain, read);
      assertEquals(0, plain.compareTo(read));
      assertEquals(plain.toAbsolutePath().toString(), read.toAbsolutePath().toString());
      Path copy = Files.createSymbolicLink(edited.getPath("/copy" + i), read);
      assertEquals(target, Files.readSymbolicLink(copy).toString());
      Files.copy(copy, edited.getPath("/copied" + i), LinkOption.NOFOLLOW_LINKS);
      assertEquals(target, Files.readSymbolicLink(edited.getPath("/copied" + i)).toString());
    }
    assertTrue(slashes > 50, slashes + " had slashes");
  }

  @Test
  void haveUris() {
    assertEquals(
        URI.create("diskformat:file:///x.iso!/a%20b/c%21"), files.getPath("a b", "c!").toUri());
  }
}
