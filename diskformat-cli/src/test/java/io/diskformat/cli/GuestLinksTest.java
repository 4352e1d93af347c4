package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What becomes of a guest's links to which something is written. Archives are unpacked, and files
 * copied in, as GNU tar does it; an upload follows links, none of which leads out of the guest.
 */
class GuestLinksTest {
  @TempDir Path directory;
  private Path guest;
  private Path source;
  private Path image;
  private final List<String> names =
      List.of("site", "one", "above", "whole", "filled", "hard", "empty", "link", "file");

  @BeforeEach
  void make() throws IOException {
    guest = Files.createDirectory(directory.resolve("guest"));
    Path data = Files.createDirectory(guest.resolve("data"));
    Files.writeString(data.resolve("f"), "victim");
    Path srv = Files.createDirectory(guest.resolve("srv"));
    link(srv.resolve("site"), "../data");
    link(srv.resolve("one"), "../data/f");
    link(srv.resolve("above"), "../../../../../../data/new");
    link(srv.resolve("whole"), "/data/f");
    Path filled = Files.createDirectory(srv.resolve("filled"));
    Files.writeString(filled.resolve("kept"), "kept");
    Files.setPosixFilePermissions(filled, PosixFilePermissions.fromString("rwx--x---"));
    Files.createLink(srv.resolve("hard"), data.resolve("f"));
    Files.createDirectory(srv.resolve("empty"));
    Files.writeString(srv.resolve("link"), "a file");
    Files.writeString(srv.resolve("file"), "a longer file");

    source = Files.createDirectory(directory.resolve("source"));
    for (String name : List.of("one", "above", "whole", "hard", "empty", "file")) {
      Files.writeString(source.resolve(name), "new " + name);
    }
    Path site = Files.createDirectory(source.resolve("site"));
    Files.writeString(site.resolve("f"), "new");
    Path more = Files.createDirectory(source.resolve("filled"));
    Files.writeString(more.resolve("added"), "added");
    Files.setPosixFilePermissions(more, PosixFilePermissions.fromString("rwxr-x---"));
    link(source.resolve("link"), "nowhere");

    image = directory.resolve("image");
    Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", guest, image, "16M").orFail();
  }

  private static void link(Path link, String target) throws IOException {
    Path _ = Files.createSymbolicLink(link, Path.of(target));
  }

  private void fish(String... lines) throws IOException {
    Path script = Files.writeString(directory.resolve("script"), String.join("\n", lines) + "\n");
    Cli.run("fish", "--format=raw", "-a", image, "-m", "/dev/sda", "-f", script).orFail();
    Oracle.of("e2fsck").run("-fn", image).orFail();
  }

  /** Returns what each file is. */
  private static Map<String, String> describe(Path root) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        String what;
        if (Files.isSymbolicLink(path)) {
          what = "-> " + Files.readSymbolicLink(path);
        } else {
          what = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
          if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            what += " " + Files.readString(path);
          }
        }
        files.put(root.relativize(path).toString(), what);
      }
    }
    files.remove("");
    files.remove("lost+found");
    return files;
  }

  private Map<String, String> inGuest() throws IOException {
    try (FileSystem files = DiskFileSystems.open(image)) {
      return describe(files.getPath("/"));
    }
  }

  /** Returns what tar makes of the guest's files. */
  private Map<String, String> unpacked(Path archive) throws IOException {
    List<Object> pack = new ArrayList<>(List.of("-C", source, "-cf", archive));
    pack.addAll(names);
    Oracle.of("tar").run(pack.toArray()).orFail();
    Oracle.of("tar").run("-C", guest.resolve("srv"), "-xpf", archive).orFail();
    return describe(guest);
  }

  @Test
  void archivesReplaceLinks() throws IOException {
    Path archive = directory.resolve("archive.tar");
    Map<String, String> expected = unpacked(archive);
    assertEquals("rw-r--r-- victim", expected.get("data/f").replace("rw-rw-", "rw-r--"));
    fish("tar-in " + archive + " /srv");
    assertEquals(expected, inGuest());
  }

  @Test
  void copiesReplaceLinks() throws IOException {
    Map<String, String> expected = unpacked(directory.resolve("archive.tar"));
    StringBuilder line = new StringBuilder("copy-in");
    names.forEach(name -> line.append(' ').append(source.resolve(name)));
    fish(line + " /srv");
    assertEquals(expected, inGuest());
  }

  @Test
  void theDirectoryItselfMayBeALink() throws IOException {
    Path archive = directory.resolve("archive.tar");
    Oracle.of("tar").run("-C", source, "-cf", archive, "one").orFail();
    fish("tar-in " + archive + " /srv/site", "copy-in " + source.resolve("link") + " /srv/site");
    Map<String, String> files = inGuest();
    assertEquals("-> ../data", files.get("srv/site"));
    assertEquals("-> nowhere", files.get("data/link"));
    assertEquals("new one", files.getOrDefault("data/one", "").replaceFirst("\\S+ ", ""));
  }

  @Test
  void uploadsFollowLinksWithinTheGuest() throws IOException {
    Map<String, String> expected = inGuest();
    fish(
        "upload " + source.resolve("one") + " /srv/one",
        "write /srv/above above",
        "ln-s /data/third /srv/third",
        "write /srv/third whole",
        "write-append /srv/whole +");
    expected.put("data/f", "rw-r--r-- new one+");
    expected.put("srv/hard", "rw-r--r-- new one+");
    expected.put("data/new", "rw-r--r-- above");
    expected.put("data/third", "rw-r--r-- whole");
    expected.put("srv/third", "-> /data/third");
    Map<String, String> files = inGuest();
    files.replaceAll((_, what) -> what.replace("rw-rw-", "rw-r--"));
    expected.replaceAll((_, what) -> what.replace("rw-rw-", "rw-r--"));
    assertEquals(expected, files);
  }
}
