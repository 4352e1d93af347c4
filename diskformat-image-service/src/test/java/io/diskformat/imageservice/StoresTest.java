package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.ADMIN;
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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.imageservice.jdbc.JdbcCatalogue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A service with several stores. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class StoresTest {
  private static final List<Logger> LOGS =
      List.of(
          Logger.getLogger(Blobs.class.getName()),
          Logger.getLogger(DiskManifests.class.getName()),
          Logger.getLogger(StoreFailures.class.getName()));

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  private final FaultyStore fast = new FaultyStore();
  private final FaultyStore slow = new FaultyStore();
  private final FaultyStore records = new FaultyStore();
  private ImageService service;

  private ImageService open() throws IOException {
    return ImageService.open(
        records.of(Catalogue.class, FileCatalogue.open(directory.resolve("catalogue"))),
        BlobStores.of("fast", fast.of(BlobStore.class, store("fast")), "Quick disks")
            .with("slow", slow.of(BlobStore.class, store("slow")), ""),
        ServiceLimits.usual());
  }

  private BlobStore store(String name) throws IOException {
    return FileBlobStore.open(directory.resolve(name));
  }

  @BeforeEach
  void begin() throws IOException {
    // What a store does not take, or delete, is said each time.
    LOGS.forEach(log -> log.setLevel(Level.OFF));
    service = open();
  }

  @AfterEach
  void end() throws IOException {
    service.close();
    LOGS.forEach(log -> log.setLevel(null));
  }

  private long in(String store) throws IOException {
    return files(directory.resolve(store));
  }

  private static void refused(Problem problem, Executable what) {
    assertEquals(problem, assertThrows(ImageServiceException.class, what).problem());
  }

  private static StoreChoice tolerant(String... stores) {
    return new StoreChoice(List.of(stores), false, false);
  }

  private static StoreChoice all() {
    return new StoreChoice(List.of(), true, true);
  }

  /** Waits until all that was begun has come to an end. */
  private void await() throws InterruptedException {
    while (!service.stores().isIdle()) {
      Thread.sleep(1);
    }
  }

  private ImageRecord uploaded(byte[] data, String store) throws IOException {
    String id = create(service, OWNER, "raw").id();
    return service
        .stores()
        .upload(
            OWNER,
            id,
            new ByteArrayInputStream(data),
            -1,
            new UploadForm(false, null),
            StoreChoice.of(store));
  }

  private Set<String> storesOf(String id) throws IOException {
    return service.get(OWNER, id).data().blobs().keySet();
  }

  private ImportTask lastTask(String id) throws IOException {
    return service.get(OWNER, id).tasks().getLast();
  }

  @Test
  void anUploadIsKeptWhereItIsWanted() throws IOException {
    byte[] data = random(300_000, 1);
    String id = uploaded(data, "slow").id();
    assertEquals(Set.of("slow"), storesOf(id));
    assertEquals(0, in("fast"));
    assertEquals(2, in("slow"));
    assertArrayEquals(data, content(service, OWNER, id));
    assertTrue(service.check(OWNER, id).orElseThrow().isIntact());
    service.close();
    service = open();
    assertArrayEquals(data, content(service, OWNER, id));
    service.delete(OWNER, id);
    assertEquals(0, in("slow"));
    String usual = create(service, OWNER, "raw").id();
    var _ = upload(service, OWNER, usual, data);
    assertEquals(Set.of("fast"), storesOf(usual));
  }

  @Test
  void storesAreListed() throws IOException {
    assertEquals(
        List.of(
            new StoreOperations.Store(
                "fast", "Quick disks", "file", store("fast").properties(), true),
            new StoreOperations.Store("slow", "", "file", store("slow").properties(), false)),
        service.stores().all());
  }

  @Test
  void aStoreThatIsNotThereIsRefused() throws IOException {
    String id = create(service, OWNER, "raw").id();
    refused(Problem.INVALID, () -> uploaded(random(1000, 1), "none"));
    refused(
        Problem.INVALID,
        () -> service.stores().copy(OWNER, id, "", StoreChoice.of("fast", "none")));
    assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
    assertEquals(0, in("fast") + in("slow"));
  }

  @Test
  void namesOfStoresAreSimpleAndDifferent() throws IOException {
    BlobStore store = store("fast");
    for (String name : new String[] {"", "a,b", "../a", "os_glance_staging_store", "a b", "fast"}) {
      BlobStores stores = BlobStores.of("fast", store, "");
      assertThrows(IllegalArgumentException.class, () -> stores.with(name, store, ""), name);
    }
    BlobStores one = BlobStores.of(store);
    assertThrows(IllegalArgumentException.class, () -> one.with("more", store, ""));
  }

  @Test
  void imagesAreCopied() throws IOException, InterruptedException {
    byte[] data = random(300_000, 1);
    String id = uploaded(data, "fast").id();
    ImageRecord begun = service.stores().copy(OWNER, id, "req-1", StoreChoice.of("slow"));
    assertEquals(ImageStatus.ACTIVE, begun.status());
    assertEquals(List.of("slow"), begun.tasks().getLast().stores());
    await();
    assertEquals(ImportTask.Status.SUCCESS, lastTask(id).status());
    assertEquals("copy-image", lastTask(id).method());
    assertEquals("req-1", lastTask(id).request());
    assertNull(service.get(OWNER, id).lease());
    assertEquals(Set.of("fast", "slow"), storesOf(id));
    assertEquals(2, in("fast"));
    assertEquals(2, in("slow"));
    assertTrue(service.check(OWNER, id).orElseThrow().isIntact());
    refused(Problem.INVALID, () -> service.stores().copy(OWNER, id, "", StoreChoice.of("slow")));
    assertEquals(1, service.stores().copy(OWNER, id, "", all()).tasks().size());
    refused(Problem.NOT_FOUND, () -> service.stores().copy(OTHER, id, "", all()));
    String queued = create(service, OWNER, "raw").id();
    refused(Problem.CONFLICT, () -> service.stores().copy(OWNER, queued, "", all()));
    service.close();
    service = open();
    assertEquals(Set.of("fast", "slow"), storesOf(id));
    service.delete(OWNER, id);
    assertEquals(0, in("fast") + in("slow"));
  }

  @Test
  void anotherStoreIsReadWhereOneFails() throws IOException, InterruptedException {
    byte[] data = random(300_000, 1);
    String id = uploaded(data, "fast").id();
    var _ = service.stores().copy(OWNER, id, "", all());
    await();
    fast.fail(0, true, false);
    assertArrayEquals(data, content(service, OWNER, id));
    fast.heal();
    slow.fail(0, true, false);
    assertArrayEquals(data, content(service, OWNER, id));
    slow.heal();
    store("fast").delete(service.get(OWNER, id).data().blobs().get("fast"));
    assertArrayEquals(data, content(service, OWNER, id));
    ImageReport report = service.check(OWNER, id).orElseThrow();
    assertEquals(List.of("Store fast: The store does not have the data"), report.problems());
  }

  /** What the others have is checked all the same. */
  @Test
  void aStoreThatCannotBeCheckedIsNamed() throws IOException, InterruptedException {
    byte[] data = random(300_000, 1);
    String id = uploaded(data, "fast").id();
    var _ = service.stores().copy(OWNER, id, "", all());
    await();
    byte[] damage = {(byte) ~data[70_000]};
    String blob = service.get(OWNER, id).data().blobs().get("slow");
    try (FileChannel file =
        FileChannel.open(
            directory.resolve("slow/blobs").resolve(blob.substring(0, 2)).resolve(blob),
            StandardOpenOption.WRITE)) {
      assertEquals(1, file.write(ByteBuffer.wrap(damage), 70_000));
    }
    fast.fail(0, true, false);
    ImageReport report = service.check(OWNER, id).orElseThrow();
    assertEquals(List.of("Store fast: The data could not be checked: broken"), report.notChecked());
    assertEquals(
        List.of("Store slow: The SHA-512 of the data is not what it was"), report.problems());
    assertEquals(List.of(new ImageReport.Range(65_536, 131_072)), report.damaged());
    fast.heal();
    slow.fail(0, true, false);
    report = service.check(OWNER, id).orElseThrow();
    assertEquals(List.of("Store slow: The data could not be checked: broken"), report.notChecked());
    assertFalse(report.isDamaged());
    assertFalse(report.isIntact());
  }

  @Test
  void thePreferredStoreIsRead() throws IOException, InterruptedException {
    String id = uploaded(random(300_000, 1), "fast").id();
    var _ = service.stores().copy(OWNER, id, "", all());
    await();
    for (FaultyStore wanted : List.of(fast, slow)) {
      FaultyStore other = wanted == fast ? slow : fast;
      wanted.fail(-1, false, false);
      other.fail(-1, false, false);
      service.open(OWNER, id, wanted == fast ? "fast" : "slow").orElseThrow().close();
      assertEquals(1, wanted.heal());
      assertEquals(0, other.heal());
    }
  }

  @Test
  void dataIsDeletedFromOneStore() throws IOException, InterruptedException {
    byte[] data = random(300_000, 1);
    String id = uploaded(data, "fast").id();
    StoreOperations stores = service.stores();
    refused(Problem.FORBIDDEN, () -> stores.delete(ADMIN, id, "fast"));
    refused(Problem.NOT_FOUND, () -> stores.delete(ADMIN, id, "slow"));
    refused(Problem.CONFLICT, () -> stores.delete(ADMIN, id, "none"));
    var _ = stores.copy(OWNER, id, "", all());
    await();
    refused(Problem.FORBIDDEN, () -> stores.delete(OWNER, id, "fast"));
    refused(Problem.NOT_FOUND, () -> stores.delete(OTHER, id, "fast"));
    assertEquals(Set.of("slow"), stores.delete(ADMIN, id, "fast").data().blobs().keySet());
    assertEquals(0, in("fast"));
    assertEquals(2, in("slow"));
    assertArrayEquals(data, content(service, OWNER, id));
    String queued = create(service, OWNER, "raw").id();
    refused(Problem.CONFLICT, () -> stores.delete(ADMIN, queued, "fast"));
  }

  private ImageRecord imported(String id, byte[] data, StoreChoice choice)
      throws IOException, InterruptedException {
    var _ =
        service
            .stores()
            .importFrom(
                OWNER,
                id,
                "web-download",
                "",
                () -> new ImportSource.Data(new ByteArrayInputStream(data), data.length),
                UploadForm.plain(),
                choice);
    await();
    return service.get(OWNER, id);
  }

  @Test
  void anImportGoesToAllStoresOrToNone() throws IOException, InterruptedException {
    byte[] data = random(300_000, 1);
    for (int call = 0; ; call++) {
      String id = create(service, OWNER, "raw").id();
      slow.fail(call, false, call % 2 == 1);
      ImageRecord image = imported(id, data, all());
      if (slow.heal() <= call) {
        assertEquals(Set.of("fast", "slow"), image.data().blobs().keySet());
        assertEquals(List.of(), image.tasks().getLast().failed());
        assertTrue(call > 5, "calls: " + call);
        service.delete(OWNER, id);
        break;
      }
      assertEquals(ImageStatus.QUEUED, image.status(), "call " + call);
      assertEquals(List.of("fast", "slow"), image.tasks().getLast().failed());
      assertEquals(0, in("fast") + in("slow"), "call " + call);
      assertEquals(ImageStatus.ACTIVE, imported(id, data, all()).status());
      service.delete(OWNER, id);
    }
    assertEquals(0, in("fast") + in("slow"));
  }

  @Test
  void anImportMayGoToThoseStoresThatTakeIt() throws IOException, InterruptedException {
    byte[] data = random(300_000, 1);
    for (FaultyStore failing : List.of(slow, fast)) {
      for (int call = 0; ; call++) {
        String id = create(service, OWNER, "raw").id();
        failing.fail(call, false, call % 2 == 1);
        ImageRecord image = imported(id, data, tolerant("slow", "fast"));
        boolean untouched = failing.heal() <= call;
        String failed = failing == slow ? "slow" : "fast";
        String other = failing == slow ? "fast" : "slow";
        assertEquals(ImageStatus.ACTIVE, image.status());
        assertEquals(ImportTask.Status.SUCCESS, image.tasks().getLast().status());
        assertArrayEquals(data, content(service, OWNER, id));
        assertTrue(service.check(OWNER, id).orElseThrow().isIntact());
        if (untouched) {
          assertEquals(Set.of("fast", "slow"), image.data().blobs().keySet());
          service.delete(OWNER, id);
          break;
        }
        assertEquals(Set.of(other), image.data().blobs().keySet(), "call " + call);
        assertEquals(List.of(failed), image.tasks().getLast().failed());
        assertEquals(0, in(failed), "call " + call);
        service.delete(OWNER, id);
      }
    }
    assertEquals(0, in("fast") + in("slow"));
  }

  @Test
  void stagedDataGoesToTheStoresThatAreChosen() throws IOException, InterruptedException {
    byte[] data = random(300_000, 1);
    for (StoreChoice choice : List.of(StoreChoice.of("slow"), all(), StoreChoice.usual())) {
      String id = create(service, OWNER, "raw").id();
      var _ = service.stage(OWNER, id, new ByteArrayInputStream(data), -1);
      var _ = service.stores().importStaged(OWNER, id, "", choice);
      await();
      assertEquals(ImageStatus.ACTIVE, service.get(OWNER, id).status());
      Set<String> expected =
          choice.isAll()
              ? Set.of("fast", "slow")
              : Set.of(choice.stores().isEmpty() ? "fast" : "slow");
      assertEquals(expected, storesOf(id));
      assertEquals(expected.contains("fast") ? 2 : 0, in("fast"));
      assertEquals(expected.contains("slow") ? 2 : 0, in("slow"));
      assertTrue(service.check(OWNER, id).orElseThrow().isIntact());
      service.delete(OWNER, id);
    }
  }

  @Test
  void stagedDataStaysIfAStoreDoesNotTakeIt() throws IOException, InterruptedException {
    byte[] data = random(300_000, 1);
    String id = create(service, OWNER, "raw").id();
    var _ = service.stage(OWNER, id, new ByteArrayInputStream(data), -1);
    slow.fail(1, true, false);
    var _ = service.stores().importStaged(OWNER, id, "", all());
    await();
    slow.heal();
    assertEquals(ImageStatus.UPLOADING, service.get(OWNER, id).status());
    assertEquals(ImportTask.Status.FAILURE, lastTask(id).status());
    slow.fail(1, true, false);
    var _ = service.stores().importStaged(OWNER, id, "", new StoreChoice(List.of(), true, false));
    await();
    slow.heal();
    assertEquals(ImageStatus.ACTIVE, service.get(OWNER, id).status());
    assertEquals(Set.of("fast"), storesOf(id));
    assertEquals(List.of("slow"), lastTask(id).failed());
  }

  @Test
  void whatIsDamagedIsNotCopied() throws IOException, InterruptedException {
    String id = uploaded(random(300_000, 1), "fast").id();
    String blob = service.get(OWNER, id).data().blob();
    Path file;
    try (Stream<Path> all = Files.walk(directory.resolve("fast"))) {
      file = all.filter(one -> one.endsWith(blob)).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[1000] ^= 1;
    Path _ = Files.write(file, bytes);
    var _ = service.stores().copy(OWNER, id, "", all());
    await();
    assertEquals(ImportTask.Status.FAILURE, lastTask(id).status());
    assertEquals(Set.of("fast"), storesOf(id));
    assertEquals(ImageStatus.ACTIVE, service.get(OWNER, id).status());
    assertEquals(0, in("slow"));
  }

  /** Whatever call fails while an image is copied, it stays active, and nothing is left over. */
  @Test
  void copiesSurviveEachFault() throws IOException, InterruptedException {
    int failed = 0;
    for (FaultyStore faulty : List.of(slow, fast, records)) {
      for (int way = 0; way < 3; way++) {
        int call = 0;
        while (copyWithFault(faulty, call, way)) {
          // Not each call in each way.
          call += 1 + way;
          failed++;
        }
      }
    }
    assertTrue(failed > 20, "faults: " + failed);
  }

  /** Returns whether there was such a call. */
  private boolean copyWithFault(FaultyStore faulty, int call, int way)
      throws IOException, InterruptedException {
    String id = uploaded(random(200_000, 1), "fast").id();
    faulty.fail(call, way == 2, way == 1);
    try {
      var _ = service.stores().copy(OWNER, id, "", all());
    } catch (IOException e) {
      // The record could not be changed, or it is said so.
    }
    await();
    boolean touched = faulty.heal() > call;
    service.close();
    service = open();
    ImageRecord image = service.get(OWNER, id);
    assertEquals(ImageStatus.ACTIVE, image.status());
    assertNull(image.lease());
    assertTrue(service.check(OWNER, id).orElseThrow().isIntact());
    boolean isCopied = storesOf(id).contains("slow");
    assertEquals(2, in("fast"));
    assertEquals(isCopied ? 2 : 0, in("slow"));
    if (!isCopied) {
      var _ = service.stores().copy(OWNER, id, "", all());
      await();
      assertEquals(Set.of("fast", "slow"), storesOf(id));
    }
    service.delete(OWNER, id);
    assertEquals(0, in("fast") + in("slow"));
    return touched;
  }

  /** A service that comes back after others took it for dead does no harm. */
  @Test
  void aCopyThatHangsLosesItsClaim() throws IOException, InterruptedException {
    String url = "jdbc:sqlite:" + directory.resolve("catalogue.db");
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
    BlobStores stores = BlobStores.of("fast", store("fast"), "").with("slow", store("slow"), "");
    AtomicBoolean hung = new AtomicBoolean();
    BlobStore hanging =
        new HookedCalls(
                HookedCalls.NOTHING,
                method -> {
                  if (method.equals("begin") && hung.compareAndSet(false, true)) {
                    ImageService.open(JdbcCatalogue.open(url), stores, ServiceLimits.usual(), later)
                        .close();
                  }
                })
            .wrap(BlobStore.class, store("slow"));
    service.close();
    service =
        ImageService.open(
            JdbcCatalogue.open(url),
            BlobStores.of("fast", store("fast"), "").with("slow", hanging, ""),
            ServiceLimits.usual());
    String id = uploaded(random(300_000, 1), "fast").id();
    var _ = service.stores().copy(OWNER, id, "", all());
    await();
    assertTrue(hung.get());
    assertEquals(ImportTask.Status.FAILURE, lastTask(id).status());
    assertEquals("The service was stopped", lastTask(id).message());
    assertEquals(Set.of("fast"), storesOf(id));
    assertEquals(0, in("slow"));
    var _ = service.stores().copy(OWNER, id, "", all());
    await();
    assertEquals(Set.of("fast", "slow"), storesOf(id));
    assertTrue(service.check(OWNER, id).orElseThrow().isIntact());
  }

  /** While it is copied, an image can be changed, deactivated, read and deleted. */
  @Test
  void anImageIsAsEverWhileItIsCopied() throws IOException, InterruptedException {
    byte[] data = random(300_000, 1);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    BlobStore waiting =
        (BlobStore)
            Proxy.newProxyInstance(
                BlobStore.class.getClassLoader(),
                new Class<?>[] {BlobStore.class},
                (_, method, arguments) -> {
                  if (method.getName().equals("begin")) {
                    begun.countDown();
                    goesOn.await();
                  }
                  return method.invoke(store("slow"), arguments);
                });
    service.close();
    service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")),
            BlobStores.of("fast", store("fast"), "").with("slow", waiting, ""),
            ServiceLimits.usual());
    String copied = uploaded(data, "fast").id();
    String deleted = uploaded(data, "fast").id();
    var _ = service.stores().copy(OWNER, copied, "", all());
    var _ = service.stores().copy(OWNER, deleted, "", all());
    begun.await();
    refused(Problem.CONFLICT, () -> service.stores().copy(OWNER, copied, "", all()));
    assertArrayEquals(data, content(service, OWNER, copied));
    var _ =
        service.update(
            OWNER, copied, image -> image.attributes().toBuilder().name("renamed").build());
    var _ = service.setActive(OWNER, copied, false);
    service.delete(OWNER, deleted);
    goesOn.countDown();
    await();
    ImageRecord image = service.get(OWNER, copied);
    assertEquals(ImageStatus.DEACTIVATED, image.status());
    assertEquals("renamed", image.attributes().name());
    assertEquals(Set.of("fast", "slow"), storesOf(copied));
    assertEquals(2, in("fast"));
    assertEquals(2, in("slow"));
  }

  /** Whoever calls a store otherwise, even by mistake, loses nothing. */
  @Test
  void whatIsInAStoreOfAnotherNameStays() throws IOException {
    byte[] data = random(300_000, 1);
    String id = uploaded(data, "fast").id();
    for (BlobStores stores :
        List.of(
            BlobStores.of("quick", store("fast"), "").with("slow", store("slow"), ""),
            BlobStores.of("fast", store("slow"), "").with("slow", store("fast"), ""),
            BlobStores.of("fast", store("new"), "").with("old", store("fast"), ""))) {
      service.close();
      service =
          ImageService.open(
              FileCatalogue.open(directory.resolve("catalogue")), stores, ServiceLimits.usual());
      assertEquals(2, in("fast"));
      assertThrows(IOException.class, () -> content(service, OWNER, id));
      service.close();
      service = open();
      assertArrayEquals(data, content(service, OWNER, id));
    }
  }

  /** Nor is one that does not say what room it has the end of an upload that may do without it. */
  @Test
  void aStoreWithoutRoomIsOneThatFails() throws IOException, InterruptedException {
    byte[] data = random(300_000, 1);
    AtomicBoolean isBroken = new AtomicBoolean();
    BlobStore real = store("slow");
    BlobStore full =
        (BlobStore)
            Proxy.newProxyInstance(
                BlobStore.class.getClassLoader(),
                new Class<?>[] {BlobStore.class},
                (_, method, arguments) -> {
                  if (!method.getName().equals("free")) {
                    return method.invoke(real, arguments);
                  }
                  if (isBroken.get()) {
                    throw new IOException("broken");
                  }
                  return 0L;
                });
    service.close();
    service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")),
            BlobStores.of("fast", store("fast"), "").with("slow", full, ""),
            ServiceLimits.usual());
    for (boolean broken : new boolean[] {false, true}) {
      isBroken.set(broken);
      String id = create(service, OWNER, "raw").id();
      assertEquals(ImageStatus.QUEUED, imported(id, data, all()).status());
      ImageRecord image = imported(id, data, tolerant("slow", "fast"));
      assertEquals(ImageStatus.ACTIVE, image.status());
      assertEquals(Set.of("fast"), storesOf(id));
      assertEquals(List.of("slow", "fast"), lastTask(id).stores());
      assertEquals(List.of("slow"), lastTask(id).failed());
    }
  }
}
