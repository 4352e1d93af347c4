package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.files;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Seeds;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Kills a process in the middle of copies, of uploads in pieces, and of what shares blobs: no image
 * is stuck then, each is whole, and nothing is left over.
 */
public final class StoreKills {
  private static final int MOST_LINES = 25;

  /** Images that are there from one kill to the next. */
  private static final int MOST_IMAGES = 12;

  private final Path scratch;
  private final String catalogue;
  private Path directory;
  private ChildJvm jvm;
  private int resumed;

  /**
   * Prepares it.
   *
   * @param directory of two stores, and of a catalogue of files
   * @param scratch a directory of which nothing is read
   * @param catalogue the URL of a database, or {@code file}
   */
  public StoreKills(Path directory, Path scratch, String catalogue) {
    this.directory = directory;
    this.scratch = scratch;
    this.catalogue = catalogue;
    this.jvm = ChildJvm.forFew(scratch);
  }

  /** Kills so often, or as often as {@code diskformat.kills} says. */
  public void run(int usual) throws IOException {
    int kills = Integer.getInteger("diskformat.kills", usual);
    long seed = Seeds.of(StoreKills.class);
    Random random = new Random(seed);
    if (kills >= Kills.MANY) {
      jvm = ChildJvm.forMany(scratch, KilledStores.class, arguments(random, Kills.TRAINING_STEPS));
    }
    for (int i = 0; i < kills; i++) {
      if (i > 0 && i % Kills.KILLS_AT_A_PLACE == 0 && catalogue.equals("file")) {
        // All records are read, also those of images that were deleted.
        directory = Files.createDirectories(scratch.resolve("later" + i));
      }
      kill(random);
      jvm.tidyUp();
      verify(Seeds.toRepeat(seed));
      if ((i + 1) % Kills.MANY == 0 || i + 1 == kills) {
        System.out.println(
            "%d kills of %s with two stores, %d uploads resumed; %s"
                .formatted(i + 1, name(), resumed, Seeds.toRepeat(seed)));
      }
    }
  }

  /** Does not show a port, and what else differs each time. */
  private String name() {
    return catalogue.replaceAll("^jdbc:([a-z]*).*", "$1");
  }

  private List<String> arguments(Random random, int steps) {
    return List.of(directory.toString(), catalogue, "" + random.nextLong(), "" + steps);
  }

  private void kill(Random random) throws IOException {
    Process process = jvm.builder(KilledStores.class, arguments(random, 0)).start();
    int lines = 1 + random.nextInt(MOST_LINES);
    int spins = random.nextInt(2_000_000);
    boolean killed = false;
    try (BufferedReader said = process.inputReader()) {
      while (said.readLine() != null) {
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

  private void verify(String how) throws IOException {
    // An hour later, when all leases have ended.
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
    try (ImageService service = KilledStores.open(directory, catalogue, later)) {
      for (ImageRecord image : service.list(OWNER, ImageQuery.usual())) {
        assertNull(image.lease(), how);
        switch (image.status()) {
          case QUEUED -> resume(service, image, how);
          case UPLOADING -> {
            var _ = service.importStaged(OWNER, image.id());
          }
          case ACTIVE -> {
            // It is as it came.
          }
          default -> throw new AssertionError(image.status() + ": " + how);
        }
        assertEquals(ImageStatus.ACTIVE, service.get(OWNER, image.id()).status(), how);
      }
      Set<String> blobs = new HashSet<>();
      Set<Path> manifests = new HashSet<>();
      for (ImageRecord image : service.list(OWNER, ImageQuery.usual())) {
        ImageReport report = service.check(OWNER, image.id()).orElseThrow();
        assertTrue(report.isIntact(), () -> report + ": " + how);
        assertNull(image.partial(), how);
        image
            .data()
            .blobs()
            .forEach((store, blob) -> {
              blobs.add(store + blob);
              manifests.add(manifest(store, blob));
            });
      }
      // Data, and checksums of it; of a copy from which the other was taken away, no manifest.
      boolean _ = manifests.removeIf(Files::notExists);
      assertEquals(
          2L * blobs.size() + manifests.size(),
          files(directory.resolve("fast")) + files(directory.resolve("slow")),
          how);
      List<ImageRecord> images = service.list(OWNER, ImageQuery.usual());
      // Else each verification would take longer than the one before.
      for (ImageRecord image :
          images.subList(Math.min(MOST_IMAGES, images.size()), images.size())) {
        service.delete(OWNER, image.id());
      }
    }
  }

  private Path manifest(String store, String blob) {
    String name = DiskManifests.name(blob);
    return directory.resolve(store).resolve("blobs").resolve(name.substring(0, 2)).resolve(name);
  }

  /** What had come is there, and the rest can follow; without it, any data can come. */
  private void resume(ImageService service, ImageRecord image, String how) throws IOException {
    PartialUpload partial = image.partial();
    if (partial == null || partial.offset() == 0) {
      var _ = ServiceFixture.upload(service, OWNER, image.id(), KilledStores.content(1));
      return;
    }
    resumed++;
    int offset = (int) partial.offset();
    ByteArrayInputStream none = new ByteArrayInputStream(new byte[0]);
    assertTrue(service.resumable().append(OWNER, image.id(), offset, none, true).isEmpty(), how);
    String stored = service.get(OWNER, image.id()).data().sha512();
    boolean isKnown = false;
    for (int number = 0; number < 4; number++) {
      byte[] content = KilledStores.content(number);
      isKnown |=
          content.length >= offset
              && stored.equals(ServiceFixture.hex("SHA-512", Arrays.copyOf(content, offset)));
    }
    assertTrue(isKnown, how);
  }
}
