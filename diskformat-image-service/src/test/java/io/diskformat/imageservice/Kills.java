package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.hex;
import static io.diskformat.imageservice.ServiceFixture.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Seeds;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Kills a service at random moments, again and again, and looks each time whether it lost nothing
 * and left nothing behind.
 */
public final class Kills {
  private static final int MOST_LINES = 25;

  private final Path directory;
  private final String catalogue;
  private final Map<String, byte[]> active = new HashMap<>();
  private final Set<String> uncertain = new HashSet<>();
  private int interrupted;

  /**
   * Prepares it.
   *
   * @param directory of the blobs
   * @param catalogue the URL of a database, or {@code file} for a catalogue in the directory
   */
  public Kills(Path directory, String catalogue) {
    this.directory = directory;
    this.catalogue = catalogue;
  }

  /** Kills so often, or as often as {@code diskformat.kills} says. */
  public void run(int usual) throws IOException {
    int kills = Integer.getInteger("diskformat.kills", usual);
    long seed = Seeds.of(Kills.class);
    Random random = new Random(seed);
    for (int i = 0; i < kills; i++) {
      kill(random);
      verify();
    }
    System.out.println(
        "%d kills of %s: %d images, %d uploads cut off; %s"
            .formatted(
                kills,
                catalogue.replaceAll(":[0-9]*/.*", ""),
                active.size(),
                interrupted,
                Seeds.toRepeat(seed)));
  }

  private void kill(Random random) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                KilledService.class.getName(),
                directory.toString(),
                catalogue,
                String.valueOf(random.nextLong()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int lines = 1 + random.nextInt(MOST_LINES);
    int spins = random.nextInt(2_000_000);
    boolean killed = false;
    try (BufferedReader said = process.inputReader()) {
      for (String line; (line = said.readLine()) != null; ) {
        note(line);
        if (--lines == 0) {
          // A part of the work of a next line, however fast the machine is.
          for (int i = 0; i < spins; i++) {
            Thread.onSpinWait();
          }
          killed = process.toHandle().destroyForcibly();
        }
      }
    } finally {
      process.destroyForcibly();
    }
    assertTrue(killed, "the process ended by itself");
  }

  private void note(String line) {
    String[] words = line.split(" ", -1);
    if (words[0].equals("+")) {
      active.put(words[1], random(Integer.parseInt(words[3]), Integer.parseInt(words[2])));
    } else if (words[0].equals("?")) {
      uncertain.add(words[1]);
    }
  }

  private void verify() throws IOException {
    try (ImageService service = ServiceFixture.openLater(directory, catalogue)) {
      List<ImageRecord> images = service.list(OWNER, ImageQuery.usual());
      Set<String> found = new HashSet<>();
      long blobs = 0;
      for (ImageRecord image : images) {
        found.add(image.id());
        assertNotEquals(ImageStatus.SAVING, image.status());
        StoredData data = image.data();
        if (data != null) {
          blobs++;
          if (image.status() == ImageStatus.UPLOADING) {
            service.importStaged(OWNER, image.id());
          }
          assertEquals(data.sha512(), hex("SHA-512", content(service, OWNER, image.id())));
        }
        byte[] expected = active.get(image.id());
        if (expected != null) {
          assertArrayEquals(expected, content(service, OWNER, image.id()));
        } else if (image.status() == ImageStatus.QUEUED) {
          interrupted++;
          // A second attempt succeeds.
          byte[] again = random(1000, 1);
          assertEquals(
              ImageStatus.ACTIVE,
              ServiceFixture.upload(service, OWNER, image.id(), again).status());
          active.put(image.id(), again);
          blobs++;
        }
      }
      assertEquals(2 * blobs, files(directory), "files without an image");
      for (String id : active.keySet()) {
        assertTrue(found.contains(id) || uncertain.contains(id), () -> "lost: " + id);
      }
      active.keySet().retainAll(found);
      uncertain.clear();
    }
  }
}
