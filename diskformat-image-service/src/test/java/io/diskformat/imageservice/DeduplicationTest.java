package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OTHER;
import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.imageservice.jdbc.JdbcCatalogue;
import io.diskformat.testing.Seeds;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images of the same bytes that have the same blob. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DeduplicationTest {
  private static final List<Logger> LOGS =
      List.of(Logger.getLogger(Blobs.class.getName()), Logger.getLogger(Uploads.class.getName()));

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  private final FaultyStore store = new FaultyStore();
  private final FaultyStore records = new FaultyStore();
  private ImageService service;

  private ImageService open() throws IOException {
    return open(records.of(Catalogue.class, FileCatalogue.open(directory.resolve("catalogue"))));
  }

  private ImageService open(Catalogue catalogue) throws IOException {
    return ImageService.open(
        catalogue,
        store.of(BlobStore.class, FileBlobStore.open(directory)),
        ServiceLimits.usual().sharingBlobs());
  }

  @BeforeEach
  void begin() throws IOException {
    LOGS.forEach(log -> log.setLevel(Level.OFF));
    service = open();
  }

  @AfterEach
  void end() throws IOException {
    service.close();
    LOGS.forEach(log -> log.setLevel(null));
  }

  private String uploaded(Caller caller, byte[] data) throws IOException {
    String id = create(service, caller, "raw").id();
    assertEquals(ImageStatus.ACTIVE, upload(service, caller, id, data).status());
    return id;
  }

  private void reopen() throws IOException {
    service.close();
    service = open();
  }

  @Test
  void theSameBytesAreStoredOnce() throws IOException {
    byte[] data = random(300_000, 1);
    String first = uploaded(OWNER, data);
    String second = uploaded(OTHER, data);
    String third = create(service, OWNER, "raw").id();
    var _ = service.stage(OWNER, third, new ByteArrayInputStream(data), -1);
    var _ = service.importStaged(OWNER, third);
    String other = uploaded(OWNER, random(300_000, 2));
    assertEquals(4, files(directory));
    assertEquals(service.get(OWNER, first).data().blob(), service.get(OTHER, second).data().blob());
    reopen();
    service.delete(OWNER, first);
    assertEquals(4, files(directory));
    assertArrayEquals(data, content(service, OTHER, second));
    assertArrayEquals(data, content(service, OWNER, third));
    assertTrue(service.check(OTHER, second).orElseThrow().isIntact());
    service.delete(OTHER, second);
    reopen();
    assertArrayEquals(data, content(service, OWNER, third));
    String fourth = uploaded(OTHER, data);
    service.delete(OWNER, third);
    assertArrayEquals(data, content(service, OTHER, fourth));
    service.delete(OTHER, fourth);
    assertEquals(2, files(directory));
    service.delete(OWNER, other);
    assertEquals(0, files(directory));
  }

  /** A service without it keeps what was shared before, and shares nothing more. */
  @Test
  void itIsOffUnlessItIsAskedFor() throws IOException {
    byte[] data = random(300_000, 1);
    String first = uploaded(OWNER, data);
    String second = uploaded(OWNER, data);
    service.close();
    service = ServiceFixture.open(directory);
    String third = uploaded(OWNER, data);
    assertEquals(4, files(directory));
    assertFalse(service.get(OWNER, third).data().isShared());
    service.delete(OWNER, first);
    assertArrayEquals(data, content(service, OWNER, second));
    service.delete(OWNER, third);
    assertArrayEquals(data, content(service, OWNER, second));
    service.delete(OWNER, second);
    assertEquals(0, files(directory));
  }

  /** What the store has lost is not what an image is given. */
  @Test
  void aBlobThatIsLostIsNotShared() throws IOException {
    byte[] data = random(300_000, 1);
    String first = uploaded(OWNER, data);
    try (Stream<Path> all = Files.walk(directory.resolve("blobs"))) {
      String blob = service.get(OWNER, first).data().blob();
      Files.delete(all.filter(file -> file.endsWith(blob)).findFirst().orElseThrow());
    }
    String second = uploaded(OWNER, data);
    assertArrayEquals(data, content(service, OWNER, second));
    assertNotEquals(
        service.get(OWNER, first).data().blob(), service.get(OWNER, second).data().blob());
  }

  /** Whatever call fails: each image is whole, and nothing is left over. */
  @Test
  void sharingSurvivesEachFault() throws IOException {
    int failed = 0;
    for (FaultyStore faulty : List.of(store, records)) {
      for (int way = 0; way < 3; way++) {
        int call = 0;
        while (shareWithFault(faulty, call, way)) {
          // Not each call in each way.
          call += 1 + way;
          failed++;
        }
      }
    }
    assertTrue(failed > 20, "faults: " + failed);
  }

  private boolean shareWithFault(FaultyStore faulty, int call, int way) throws IOException {
    byte[] data = random(200_000, 1);
    String first = uploaded(OWNER, data);
    String second = create(service, OWNER, "raw").id();
    faulty.fail(call, way == 2, way == 1);
    try {
      var _ = upload(service, OWNER, second, data);
      service.delete(OWNER, first);
    } catch (IOException e) {
      // The image has its data, or not.
    }
    boolean touched = faulty.heal() > call;
    reopen();
    for (ImageRecord image : service.list(OWNER, ImageQuery.usual())) {
      if (image.status() == ImageStatus.QUEUED) {
        var _ = upload(service, OWNER, image.id(), data);
      }
      assertArrayEquals(data, content(service, OWNER, image.id()));
      assertTrue(service.check(OWNER, image.id()).orElseThrow().isIntact());
    }
    assertEquals(2, files(directory));
    for (ImageRecord image : service.list(OWNER, ImageQuery.usual())) {
      service.delete(OWNER, image.id());
    }
    assertEquals(0, files(directory));
    return touched;
  }

  /** Two services upload and delete the same few contents, all at once. */
  @Test
  void manyComeAndGoAtOnce() throws IOException, InterruptedException, ExecutionException {
    long seed = Seeds.of(DeduplicationTest.class);
    int rounds = Integer.getInteger("diskformat.deduplication.rounds", 15);
    service.close();
    String url = "jdbc:sqlite:" + directory.resolve("catalogue.db");
    service = open(JdbcCatalogue.open(url));
    try (ImageService other = open(JdbcCatalogue.open(url));
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        ImageService its = i % 2 == 0 ? service : other;
        Random random = new Random(seed + i);
        all.add(
            threads.submit(() -> {
              comeAndGo(its, random, rounds);
              return null;
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    service.close();
    service = open(JdbcCatalogue.open(url));
    for (ImageRecord image : service.list(OWNER, ImageQuery.usual())) {
      assertTrue(service.check(OWNER, image.id()).orElseThrow().isIntact(), Seeds.toRepeat(seed));
      service.delete(OWNER, image.id());
    }
    assertEquals(0, files(directory), Seeds.toRepeat(seed));
  }

  private static void comeAndGo(ImageService service, Random random, int rounds)
      throws IOException {
    List<String> mine = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      byte[] data = random(2000, random.nextInt(2));
      String id = create(service, OWNER, "raw").id();
      var _ = upload(service, OWNER, id, data);
      mine.add(id);
      assertArrayEquals(data, content(service, OWNER, id));
      while (mine.size() > random.nextInt(3)) {
        String gone = mine.remove(random.nextInt(mine.size()));
        assertTrue(service.check(OWNER, gone).orElseThrow().isIntact());
        service.delete(OWNER, gone);
      }
    }
  }

  /** What several images share is read once in a round. */
  @Test
  void theScrubberReadsOnce() throws IOException, InterruptedException {
    byte[] data = random(300_000, 1);
    List<String> ids = List.of(uploaded(OWNER, data), uploaded(OWNER, data), uploaded(OTHER, data));
    String alone = uploaded(OWNER, random(300_000, 2));
    Map<String, ImageReport> reports = new ConcurrentHashMap<>();
    CountDownLatch four = new CountDownLatch(4);
    store.fail(-1, false, false);
    try (Scrubber _ =
        Scrubber.start(
            service,
            Duration.ofHours(1),
            1L << 40,
            report -> {
              ImageReport _ = reports.put(report.image(), report);
              four.countDown();
            })) {
      four.await();
    }
    // Of each blob, and its checksums; and its manifest is looked for.
    assertEquals(6, store.heal());
    for (String id : ids) {
      assertTrue(reports.get(id).isIntact());
    }
    assertTrue(reports.get(alone).isIntact());
  }

  /** A report that says that a store failed is of no use for another image. */
  @Test
  void whatCouldNotBeCheckedIsReadAgain() throws IOException {
    byte[] data = random(300_000, 1);
    String first = uploaded(OWNER, data);
    String second = uploaded(OWNER, data);
    CheckRound round = CheckRound.begin(service, ServiceFixture.ADMIN, Long.MAX_VALUE);
    store.fail(0, false, false);
    assertFalse(round.check(service.get(OWNER, first)).orElseThrow().isIntact());
    assertTrue(round.check(service.get(OWNER, second)).orElseThrow().isIntact());
    int _ = store.heal();
  }

  /** What was staged in one store may be shared while it is copied to another, and leaves it. */
  @Test
  void whatIsStagedMayBeSharedWhileItIsImported() throws Exception {
    byte[] data = random(300_000, 1);
    AtomicReference<ImageService> opened = new AtomicReference<>();
    AtomicReference<String> second = new AtomicReference<>();
    HookedCalls hooked =
        new HookedCalls(
            method -> {
              if (method.equals("begin") && second.get() == null) {
                second.set(create(opened.get(), OWNER, "raw").id());
                var _ = upload(opened.get(), OWNER, second.get(), data);
              }
            },
            HookedCalls.NOTHING);
    Path other = directory.resolve("other");
    try (ImageService several =
        ImageService.open(
            FileCatalogue.open(other.resolve("catalogue")),
            BlobStores.of("fast", FileBlobStore.open(other.resolve("fast")), "")
                .with(
                    "slow",
                    hooked.wrap(BlobStore.class, FileBlobStore.open(other.resolve("slow"))),
                    ""),
            ServiceLimits.usual().sharingBlobs())) {
      opened.set(several);
      for (StoreChoice choice :
          List.of(StoreChoice.of("slow"), new StoreChoice(List.of(), true, true))) {
        second.set(null);
        String first = create(several, OWNER, "raw").id();
        var _ = several.stage(OWNER, first, new ByteArrayInputStream(data), -1);
        var _ = several.stores().importStaged(OWNER, first, "", choice);
        while (!several.stores().isIdle()) {
          Thread.sleep(1);
        }
        assertEquals(ImageStatus.ACTIVE, several.get(OWNER, first).status());
        assertTrue(several.get(OWNER, second.get()).data().isShared());
        assertArrayEquals(data, content(several, OWNER, first));
        assertArrayEquals(data, content(several, OWNER, second.get()));
        several.delete(OWNER, first);
        assertArrayEquals(data, content(several, OWNER, second.get()));
        several.delete(OWNER, second.get());
        assertEquals(0, files(other.resolve("fast")) + files(other.resolve("slow")));
      }
    }
  }
}
