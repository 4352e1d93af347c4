package io.diskformat.imageservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every catalogue does. */
public abstract class CatalogueContract {
  private static final Instant THEN = Instant.parse("2026-02-28T23:59:59.987Z");
  private static final Instant LATER = Instant.parse("2027-01-01T00:00:00Z");

  /** Whatever a client may say, and text formats and databases may stumble over. */
  private static final String ODD = "a'b\"c\\d\u0000e\nf;--%_ é 漢 \uD83D\uDCBE $1 ?\u2028";

  protected Catalogue catalogue;

  /** Opens the catalogue; called again, after it was closed, it opens the same. */
  protected abstract Catalogue open() throws IOException;

  /** Begins with an empty one. */
  protected void clear() throws IOException {}

  @BeforeEach
  final void begin() throws IOException {
    clear();
    catalogue = open();
  }

  @AfterEach
  final void end() throws IOException {
    catalogue.close();
  }

  protected final void reopen() throws IOException {
    catalogue.close();
    catalogue = open();
  }

  protected static ImageRecord image(String name) {
    return ImageRecord.queued(
        UUID.randomUUID().toString(), ImageAttributes.of("p1").name(name).build(), THEN);
  }

  /** Returns a record in which everything is set. */
  private static ImageRecord full() {
    ImageAttributes.Builder attributes =
        ImageAttributes.of(ODD)
            .name(ODD)
            .visibility(Visibility.COMMUNITY)
            .isProtected(true)
            .isHidden(true)
            .containerFormat("bare")
            .diskFormat("qcow2")
            .minDisk(Integer.MAX_VALUE)
            .minRam(7);
    assertTrue(attributes.tags().addAll(List.of(ODD, "", "B", "b")));
    attributes.properties().put(ODD, ODD);
    attributes.properties().put("empty", "");
    attributes.properties().put("long", ODD.repeat(10_000));
    TreeMap<String, ImageMember> members = new TreeMap<>();
    members.put(ODD, new ImageMember(ODD, ImageMember.Status.REJECTED, THEN, LATER));
    members.put("p3", new ImageMember("p3", ImageMember.Status.PENDING, THEN, THEN));
    StoredData data =
        new StoredData(
            new TreeMap<>(Map.of("fast", "b1", "slow", "b2")),
            Long.MAX_VALUE,
            1L << 50,
            "0a",
            "0b",
            true);
    UploadLease lease = new UploadLease("upload", LATER, new TreeSet<>(Set.of("b3", "b4")), 77);
    PartialUpload partial =
        new PartialUpload(
            "slow",
            List.of(new PartialUpload.Piece("b5", 1L << 40), new PartialUpload.Piece("b6", 1)),
            Long.MAX_VALUE,
            LATER);
    ImportTask task =
        new ImportTask(
            "t1",
            "u1",
            "req-1",
            "copy-image",
            ImportTask.Status.PROCESSING,
            ODD,
            THEN,
            LATER,
            List.of("fast", "slow"),
            List.of("slow"));
    return ImageRecord.queued(UUID.randomUUID().toString(), attributes.build(), THEN)
        .in(ImageStatus.UPLOADING, data, lease, LATER)
        .with(partial)
        .with(task)
        .with(members, LATER);
  }

  private Set<ImageRecord> all() throws IOException {
    try (Stream<ImageRecord> all = catalogue.all()) {
      return new HashSet<>(all.toList());
    }
  }

  private static ImageRecord deleted(ImageRecord image) {
    return image.in(ImageStatus.DELETED, null, null, LATER);
  }

  @Test
  void everythingOfARecordIsKept() throws IOException {
    ImageRecord full = full();
    ImageRecord plain =
        ImageRecord.queued(UUID.randomUUID().toString(), ImageAttributes.of("").build(), THEN);
    assertTrue(catalogue.add(full));
    assertTrue(catalogue.add(plain));
    assertEquals(full, catalogue.find(full.id()).orElseThrow());
    reopen();
    assertEquals(full, catalogue.find(full.id()).orElseThrow());
    assertEquals(Set.of(full, plain), all());
    assertTrue(catalogue.find(UUID.randomUUID().toString()).isEmpty());
    assertTrue(catalogue.find("").isEmpty());
    assertTrue(catalogue.find(ODD).isEmpty());
  }

  @Test
  void anIdIsGivenOnce() throws IOException {
    ImageRecord image = image("a");
    assertTrue(catalogue.isEmpty());
    assertTrue(catalogue.add(image));
    assertFalse(catalogue.add(image));
    assertTrue(catalogue.replace(image, deleted(image)));
    assertFalse(catalogue.add(image));
    reopen();
    assertFalse(catalogue.add(image));
    assertEquals(ImageStatus.DELETED, catalogue.find(image.id()).orElseThrow().status());
    assertEquals(Set.of(), all());
    assertFalse(catalogue.isEmpty());
  }

  @Test
  void onlyTheLatestRevisionIsReplaced() throws IOException {
    ImageRecord first = image("a");
    assertFalse(catalogue.replace(first, first), "there is none");
    assertTrue(catalogue.add(first));
    ImageRecord wanted = first.in(ImageStatus.SAVING, null, new UploadLease("u", LATER), LATER);
    // What it says of its revision does not matter.
    assertTrue(catalogue.replace(first, wanted.withRevision(77)));
    ImageRecord second = catalogue.find(first.id()).orElseThrow();
    assertEquals(wanted.withRevision(1), second);
    assertFalse(catalogue.replace(first, deleted(first)));
    assertEquals(Set.of(second), all());
    assertTrue(catalogue.replace(second, deleted(second)));
    assertFalse(catalogue.replace(second, second));
    assertEquals(Set.of(), all());
  }

  @Test
  void aListHasWhatWasDoneBefore() throws IOException {
    Set<ImageRecord> expected = new HashSet<>();
    for (int i = 0; i < 120; i++) {
      ImageRecord image = image("image " + i);
      assertTrue(catalogue.add(image));
      expected.add(image);
    }
    assertEquals(expected, all());
    int count = 0;
    for (ImageRecord image : List.copyOf(expected)) {
      if (count++ % 3 == 0) {
        assertTrue(catalogue.replace(image, count % 2 == 0 ? deleted(image) : image));
        expected.remove(image);
        if (count % 2 != 0) {
          expected.add(image.withRevision(1));
        }
      }
    }
    assertEquals(expected, all());
    reopen();
    assertEquals(expected, all());
  }

  @Test
  void ofManyChangesAtOnceNoneIsLost() throws Exception {
    ImageRecord image = image("0");
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Boolean>> added =
          threads.invokeAll(Collections.nCopies(4, () -> catalogue.add(image)));
      int successes = 0;
      for (Future<Boolean> one : added) {
        successes += one.get() ? 1 : 0;
      }
      assertEquals(1, successes);
      List<Future<Void>> counting =
          threads.invokeAll(
              Collections.nCopies(
                  4,
                  () -> {
                    for (int i = 0; i < 12; i++) {
                      count(image.id());
                    }
                    return null;
                  }));
      for (Future<Void> one : counting) {
        one.get();
      }
    }
    ImageRecord last = catalogue.find(image.id()).orElseThrow();
    assertEquals("48", last.attributes().name());
    assertEquals(48, last.revision());
  }

  private void count(String id) throws IOException {
    ImageRecord before;
    ImageRecord after;
    do {
      before = catalogue.find(id).orElseThrow();
      int number = Integer.parseInt(before.attributes().name());
      after = before.with(before.attributes().toBuilder().name("" + (number + 1)).build(), LATER);
    } while (!catalogue.replace(before, after));
  }

  @Test
  void aClosedOneDoesNothing() throws IOException {
    ImageRecord image = image("a");
    assertTrue(catalogue.add(image));
    catalogue.close();
    catalogue.close();
    assertThrows(IOException.class, () -> catalogue.add(image("b")));
    assertThrows(IOException.class, () -> catalogue.replace(image, image));
    catalogue = open();
    assertEquals(Set.of(image), all());
  }
}
