package io.diskformat.iso;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Discs that were added to: the last session is read, unless another is named. */
final class SessionsTest {
  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void name() {
    image = directory.resolve("grown.iso");
  }

  private Path tree(String name) throws IOException {
    Path tree = Files.createDirectory(directory.resolve(name));
    Files.writeString(tree.resolve(name + " file"), name);
    Files.write(tree.resolve(name + " data"), new byte[100_000]);
    return tree;
  }

  private String names(Map<String, String> choices) throws IOException {
    try (FileSystem files = DiskFileSystems.open(image, OpenOptions.readOnly(), choices)) {
      TreeSet<String> names = new TreeSet<>();
      for (String name : TreeComparison.files(files.getPath("/")).keySet()) {
        if (name.endsWith(" file")) {
          names.add(Files.readString(files.getPath(name)));
        }
      }
      return String.join(" ", names);
    }
  }

  private void assertSessions() throws IOException {
    assertEquals("one three two", names(Map.of()));
    assertEquals("one three two", names(Map.of("session", "last")));
    assertEquals("one", names(Map.of("session", "1")));
    assertEquals("one two", names(Map.of("session", "2")));
    assertEquals("one three two", names(Map.of("session", "3")));
    assertThrows(DiskFormatException.class, () -> names(Map.of("session", "4")));
    assertThrows(IllegalArgumentException.class, () -> names(Map.of("session", "0")));
    try (DiskImage disc = DiskImages.open(image)) {
      assertEquals(3L, disc.info().details().get("sessions"));
    }
  }

  /** xorriso keeps the first session's start free, for the descriptors of the last. */
  @Test
  void ofXorriso() throws IOException {
    for (String name : List.of("one", "two", "three")) {
      Oracle.of("xorriso").run("-dev", image, "-map", tree(name), "/", "-commit").orFail();
    }
    assertSessions();
  }

  /** As a drive leaves them: the descriptors at the start are those of the first session. */
  @Test
  void ofGenisoimage() throws IOException {
    long sectors = 0;
    for (String name : List.of("one", "two", "three")) {
      Path session = directory.resolve(name + ".iso");
      Path tree = tree(name);
      if (sectors == 0) {
        Oracle.of("genisoimage").run("-quiet", "-R", "-J", "-o", session, tree).orFail();
      } else {
        long last = name.equals("two") ? 0 : second;
        Oracle.of("genisoimage")
            .run("-quiet", "-R", "-J", "-C", last + "," + sectors, "-M", image, "-o", session, tree)
            .orFail();
        second = sectors;
      }
      byte[] bytes = Files.readAllBytes(session);
      Files.write(image, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      // Some space, as there is between sessions.
      long padded = (Files.size(image) / 2048 + 31) / 16 * 16;
      byte[] space = new byte[(int) (padded * 2048 - Files.size(image))];
      Files.write(image, space, StandardOpenOption.APPEND);
      sectors = padded;
    }
    assertSessions();
  }

  private long second;

  /** Another disc behind it is no session: it counts its blocks from its own start. */
  @Test
  void anotherDiscBehindIt() throws IOException {
    for (String name : List.of("one", "two")) {
      Path session = directory.resolve(name + ".iso");
      Oracle.of("genisoimage").run("-quiet", "-R", "-o", session, tree(name)).orFail();
      byte[] bytes = Files.readAllBytes(session);
      Files.write(image, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
    assertEquals("one", names(Map.of()));
    try (DiskImage disc = DiskImages.open(image)) {
      assertEquals(1L, disc.info().details().get("sessions"));
    }
  }
}
