package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Seeds;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Kills services at random moments, again and again, and looks each time whether they lost nothing
 * and left nothing behind. One process has services in several places, so that one kill is one of
 * each.
 */
public final class Kills {
  private static final int MOST_LINES = 16;

  /** As many kills as are worth to prepare for. */
  static final int MANY = 20;

  static final int TRAINING_STEPS = 20;

  /** After how many kills all moves to a place without records of images that were deleted. */
  static final int KILLS_AT_A_PLACE = 40;

  private final Path scratch;
  private ChildJvm jvm;
  private final List<State> states = new ArrayList<>();

  /** What is known of a place. */
  private static final class State {
    private KilledPlace place;
    private final Set<String> created = new HashSet<>();
    private final Map<String, byte[]> active = new HashMap<>();
    private final Set<String> uncertain = new HashSet<>();
    private final Set<String> deleted = new HashSet<>();
    private int images;
    private int interrupted;

    State(KilledPlace place) {
      this.place = place;
    }

    synchronized void note(String[] words) {
      String id = words[2];
      switch (words[1]) {
        case "c" -> created.add(id);
        case "+" -> {
          int size = Integer.parseInt(words[4]);
          active.put(id, random(size, Integer.parseInt(words[3])));
        }
        case "?" -> uncertain.add(id);
        default -> deleted.add(id);
      }
    }

    void forget() {
      created.clear();
      uncertain.clear();
      deleted.clear();
    }
  }

  /** Blobs are files of the directory; the catalogue is as in {@link KilledPlace}. */
  public Kills(Path directory, String catalogue) {
    this(directory, List.of(new KilledPlace(directory, catalogue)));
  }

  /**
   * Prepares it.
   *
   * @param scratch a directory of which nothing is read
   */
  public Kills(Path scratch, List<KilledPlace> places) {
    this.scratch = scratch;
    this.jvm = ChildJvm.forFew(scratch);
    places.forEach(place -> states.add(new State(place)));
  }

  /** Kills so often, or as often as {@code diskformat.kills} says. */
  public void run(int usual) throws IOException {
    int kills = Integer.getInteger("diskformat.kills", usual);
    long seed = Seeds.of(Kills.class);
    Random random = new Random(seed);
    if (kills >= MANY) {
      jvm = ChildJvm.forMany(scratch, KilledService.class, arguments(seed, TRAINING_STEPS));
    }
    for (int i = 0; i < kills; i++) {
      if (i > 0 && i % KILLS_AT_A_PLACE == 0) {
        next(i);
      }
      kill(random);
      for (State state : states) {
        new Verification(state).run();
      }
      if ((i + 1) % MANY == 0 || i + 1 == kills) {
        report(i + 1, seed);
      }
    }
  }

  private void report(int kills, long seed) {
    for (State state : states) {
      System.out.println(
          "%d kills of %s: %d images were whole, %d uploads cut off; %s"
              .formatted(
                  kills, state.place, state.images, state.interrupted, Seeds.toRepeat(seed)));
    }
  }

  private void next(int number) throws IOException {
    for (State state : states) {
      KilledPlace place = state.place.next(number);
      if (!place.equals(state.place)) {
        state.place = place;
        state.active.clear();
      }
    }
  }

  /**
   * Kills one of two services of a place while the other goes on, and lets a third come, whose
   * clock is an hour ahead, so that both are dead for it.
   */
  public void runTwo() throws IOException {
    long seed = Seeds.of(Kills.class);
    Random random = new Random(seed);
    Process first = start(random.nextLong());
    Process second = start(random.nextLong());
    try {
      Thread reading = Thread.ofVirtual().start(() -> readAll(second));
      killWithin(first, random);
      State state = states.getFirst();
      try (ImageService service = state.place.open()) {
        // It answers, if only that there is none: the first may have deleted what it made.
        var _ = service.list(OWNER, ImageQuery.usual());
      }
      // For this one all uploads are dead; it takes them from whoever makes them.
      state.place.openLater().close();
      assertTrue(second.isAlive(), "the other process ended by itself");
      var _ = second.toHandle().destroyForcibly();
      reading.join();
      new Verification(state).run();
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      first.destroyForcibly();
      second.destroyForcibly();
    }
  }

  private void kill(Random random) throws IOException {
    Process process = start(random.nextLong());
    try {
      killWithin(process, random);
    } finally {
      process.destroyForcibly();
    }
    jvm.tidyUp();
  }

  private Process start(long seed) throws IOException {
    return jvm.builder(KilledService.class, arguments(seed, 0)).start();
  }

  private List<String> arguments(long seed, int steps) {
    List<String> arguments = new ArrayList<>(List.of("" + seed, "" + steps));
    for (State state : states) {
      KilledPlace place = state.place;
      arguments.addAll(List.of(place.directory().toString(), place.catalogue(), place.store()));
    }
    return arguments;
  }

  private void killWithin(Process process, Random random) throws IOException {
    // The moment is one of a place's own work, however fast the others are.
    String place = random.nextInt(states.size()) + " ";
    int lines = 1 + random.nextInt(MOST_LINES);
    int spins = random.nextInt(2_000_000);
    boolean killed = false;
    try (BufferedReader said = process.inputReader()) {
      for (String line; (line = said.readLine()) != null; ) {
        note(line);
        if (line.startsWith(place) && --lines == 0) {
          // A part of the work of a next line, however fast the machine is.
          for (int i = 0; i < spins; i++) {
            Thread.onSpinWait();
          }
          killed = process.toHandle().destroyForcibly();
        }
      }
    }
    assertTrue(killed, "the process ended by itself");
  }

  private void readAll(Process process) {
    try (BufferedReader said = process.inputReader()) {
      for (String line; (line = said.readLine()) != null; ) {
        note(line);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void note(String line) {
    String[] words = line.split(" ", -1);
    if (words.length > 2) {
      states.get(Integer.parseInt(words[0])).note(words);
    }
  }

  /** Looks at a place after its services were killed. */
  private static final class Verification {
    private final State state;
    private final Set<String> found = new HashSet<>();
    private final Set<String> owned = new HashSet<>();

    Verification(State state) {
      this.state = state;
    }

    void run() throws IOException {
      try (ImageService service = state.place.openLater()) {
        List<ImageRecord> images = service.list(OWNER, ImageQuery.usual());
        for (ImageRecord image : images) {
          found.add(image.id());
          verify(service, image);
        }
        Set<String> expected = new HashSet<>(state.created);
        expected.addAll(state.active.keySet());
        for (String id : expected) {
          assertTrue(found.contains(id) || state.uncertain.contains(id), () -> "lost: " + id);
        }
        for (String id : state.deleted) {
          assertFalse(found.contains(id), () -> "deleted, and there: " + id);
        }
        state.active.keySet().retainAll(found);
        state.forget();
        nothingElseIsThere();
        thinOut(service, images);
      }
    }

    private void verify(ImageService service, ImageRecord before) throws IOException {
      String id = before.id();
      ImageRecord image = before;
      assertNull(image.lease(), "a claim that nobody has");
      assertNotEquals(ImageStatus.SAVING, image.status());
      assertNotEquals(ImageStatus.IMPORTING, image.status());
      for (ImportTask task : image.tasks()) {
        assertNotEquals(ImportTask.Status.PROCESSING, task.status());
      }
      if (image.status() == ImageStatus.UPLOADING) {
        image = service.importStaged(OWNER, id);
      } else if (image.status() == ImageStatus.QUEUED) {
        assertFalse(state.active.containsKey(id), () -> "lost the data of " + id);
        state.interrupted++;
        // A second attempt succeeds.
        byte[] again = random(1000, 1);
        image = ServiceFixture.upload(service, OWNER, id, again);
        state.active.put(id, again);
      }
      assertEquals(ImageStatus.ACTIVE, image.status());
      ImageReport report = service.check(OWNER, id).orElseThrow();
      assertTrue(report.isIntact(), report::toString);
      byte[] expected = state.active.get(id);
      if (expected != null) {
        assertArrayEquals(expected, content(service, OWNER, id));
      }
      String blob = image.data().blob();
      owned.add(blob);
      owned.add(BlockSums.name(blob));
      owned.add(DiskManifests.name(blob));
      state.images++;
    }

    private void nothingElseIsThere() throws IOException {
      BlobStore blobs = state.place.blobs();
      assertEquals(owned, set(blobs.blobs()), "blobs without an image");
      assertEquals(Set.of(), set(blobs.uploads()), "parts of uploads");
      if (state.place.store().isEmpty()) {
        assertEquals(
            owned.size(), ServiceFixture.files(state.place.directory()), "files without an image");
      }
    }

    private static Set<String> set(Stream<String> names) {
      try (names) {
        return new HashSet<>(names.toList());
      }
    }

    /** Else each verification would take longer than the one before. */
    private void thinOut(ImageService service, List<ImageRecord> images) throws IOException {
      for (int i = state.place.mostImages(); i < images.size(); i++) {
        String id = images.get(i).id();
        service.delete(OWNER, id);
        state.active.remove(id);
      }
    }
  }
}
