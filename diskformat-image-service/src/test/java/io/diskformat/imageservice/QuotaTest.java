package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OTHER;
import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.jdbc.JdbcCatalogue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a project may store. */
final class QuotaTest {
  private static final int QUOTA = 1_000_000;

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  private ImageService service;

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory, ServiceLimits.usual().quota(QUOTA));
  }

  @AfterEach
  void end() throws IOException {
    service.close();
  }

  private static void refused(Executable what) {
    assertEquals(Problem.TOO_LARGE, assertThrows(ImageServiceException.class, what).problem());
  }

  @Test
  void whatIsMoreIsRefusedWhetherItsSizeIsKnownOrNot() throws IOException {
    String first = create(service, OWNER, "raw").id();
    var _ = upload(service, OWNER, first, random(700_000, 1));
    assertEquals(700_000, service.used(OWNER));
    String second = create(service, OWNER, "raw").id();
    byte[] more = random(300_001, 2);
    refused(() -> upload(service, OWNER, second, more));
    refused(() -> service.upload(OWNER, second, new ByteArrayInputStream(more), -1));
    refused(() -> service.stage(OWNER, second, new ByteArrayInputStream(more), -1));
    refused(() -> service.resumable().begin(OWNER, second, more.length, StoreChoice.usual()));
    var _ = service.resumable().begin(OWNER, second, -1, StoreChoice.usual());
    refused(
        () -> service.resumable().append(OWNER, second, 0, new ByteArrayInputStream(more), true));
    assertEquals(ImageStatus.QUEUED, service.get(OWNER, second).status());
    service.resumable().cancel(OWNER, second);
    assertEquals(2, files(directory));
    assertEquals(700_000, service.used(OWNER));
    assertEquals(0, service.used(OTHER));
    String other = create(service, OTHER, "raw").id();
    var _ = upload(service, OTHER, other, more);
    byte[] rest = random(300_000, 3);
    var _ = service.upload(OWNER, second, new ByteArrayInputStream(rest), -1);
    assertEquals(QUOTA, service.used(OWNER));
    service.delete(OWNER, first);
    String third = create(service, OWNER, "raw").id();
    var _ = service.resumable().begin(OWNER, third, 700_000, StoreChoice.usual());
    byte[] parts = random(700_000, 4);
    var _ =
        service
            .resumable()
            .append(OWNER, third, 0, new ByteArrayInputStream(parts, 0, 400_000), false);
    assertEquals(700_000, service.used(OWNER));
    assertTrue(
        service
            .resumable()
            .append(OWNER, third, 400_000, new ByteArrayInputStream(parts, 400_000, 300_000), true)
            .isEmpty());
    assertEquals(QUOTA, service.used(OWNER));
  }

  private static byte[] data(int size) {
    return random(size, size);
  }

  /** What one is about to store, others may not; what it does not store at last, they may. */
  @Test
  void whatIsReservedIsNobodyElses() throws IOException {
    for (boolean isKnown : new boolean[] {true, false}) {
      String first = create(service, OWNER, "raw").id();
      String second = create(service, OWNER, "raw").id();
      HookedBody broken =
          HookedBody.inTheMiddle(
              data(700_000),
              () -> {
                refused(() -> upload(service, OWNER, second, data(700_000)));
                refused(() -> service.stage(OWNER, second, stream(700_000), -1));
                assertEquals(0, service.used(OWNER));
                var _ = upload(service, OTHER, create(service, OTHER, "raw").id(), data(1000));
                throw new IOException("the client is gone");
              });
      assertThrows(
          IOException.class, () -> service.upload(OWNER, first, broken, isKnown ? 700_000 : -1));
      assertTrue(broken.isDone());
      var _ = upload(service, OWNER, second, data(900_000));
      service.delete(OWNER, second);
      HookedBody whole =
          HookedBody.inTheMiddle(
              data(700_000),
              () -> {
                if (isKnown) {
                  String third = create(service, OWNER, "raw").id();
                  refused(() -> upload(service, OWNER, third, data(300_001)));
                  var _ = upload(service, OWNER, third, data(300_000));
                  assertEquals(300_000, service.used(OWNER));
                  service.delete(OWNER, third);
                }
              });
      var _ = service.upload(OWNER, first, whole, isKnown ? 700_000 : -1);
      assertTrue(whole.isDone());
      assertEquals(700_000, service.used(OWNER));
      service.delete(OWNER, first);
    }
  }

  private static InputStream stream(int size) {
    return new ByteArrayInputStream(data(size));
  }

  @Test
  void partsOfUploadsReserveRoomAsWell() throws IOException {
    String first = create(service, OWNER, "raw").id();
    String second = create(service, OWNER, "raw").id();
    var _ = service.resumable().begin(OWNER, first, 800_000, StoreChoice.usual());
    var _ = service.resumable().begin(OWNER, second, 800_000, StoreChoice.usual());
    HookedBody part =
        HookedBody.inTheMiddle(
            data(800_000),
            () -> {
              refused(
                  () -> upload(service, OWNER, create(service, OWNER, "raw").id(), data(200_001)));
              Executable late =
                  () -> service.resumable().append(OWNER, second, 0, stream(300_000), false);
              refused(late);
            });
    assertTrue(service.resumable().append(OWNER, first, 0, part, true).isEmpty());
    assertTrue(part.isDone());
    assertTrue(service.used(OWNER) <= QUOTA, "" + service.used(OWNER));
    assertEquals(ImageStatus.ACTIVE, service.get(OWNER, first).status());
    service.resumable().cancel(OWNER, second);
    assertEquals(800_000, service.used(OWNER));
  }

  /** Two services with one catalogue, each of which may be the one that sees the other's claim. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void severalServicesKeepToOneQuota(boolean isDatabase) throws Exception {
    MemoryCatalogue memory = new MemoryCatalogue();
    String url = "jdbc:sqlite:" + directory.resolve("catalogue.db");
    ServiceLimits limits = ServiceLimits.usual().quota(QUOTA);
    BlobStore store = FileBlobStore.open(directory.resolve("shared"));
    try (ImageService one =
            ImageService.open(isDatabase ? JdbcCatalogue.open(url) : memory, store, limits);
        ImageService other =
            ImageService.open(isDatabase ? JdbcCatalogue.open(url) : memory, store, limits)) {
      String first = create(one, OWNER, "raw").id();
      HookedBody body =
          HookedBody.inTheMiddle(
              data(700_000),
              () -> {
                String second = create(other, OWNER, "raw").id();
                refused(() -> upload(other, OWNER, second, data(300_001)));
                var _ = upload(other, OWNER, second, data(300_000));
                other.delete(OWNER, second);
              });
      var _ = one.upload(OWNER, first, body, 700_000);
      assertTrue(body.isDone());
      one.delete(OWNER, first);
      List<Future<?>> all = new ArrayList<>();
      try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
        for (int i = 0; i < 8; i++) {
          ImageService its = i % 2 == 0 ? one : other;
          String id = create(its, OWNER, "raw").id();
          byte[] data = random(300_000, i);
          all.add(
              threads.submit(() -> {
                try {
                  return its.upload(OWNER, id, new ByteArrayInputStream(data), data.length);
                } catch (ImageServiceException e) {
                  assertEquals(Problem.TOO_LARGE, e.problem());
                  return null;
                }
              }));
        }
      }
      for (Future<?> each : all) {
        var _ = each.get();
      }
      // Of those that see each other's claims, none may get room: then there is some left.
      assertTrue(one.used(OWNER) <= QUOTA, "" + one.used(OWNER));
      while (one.used(OWNER) + 300_000 <= QUOTA) {
        var _ = upload(other, OWNER, create(one, OWNER, "raw").id(), data(300_000));
      }
      assertEquals(900_000, one.used(OWNER));
    }
  }

  @Test
  void whatIsMovedCountsOnceAndACopyTwice() throws Exception {
    try (ImageService several =
        ImageService.open(
            FileCatalogue.open(directory.resolve("several")),
            BlobStores.of("one", FileBlobStore.open(directory.resolve("one")), "")
                .with("two", FileBlobStore.open(directory.resolve("two")), ""),
            ServiceLimits.usual().quota(QUOTA))) {
      String id = create(several, OWNER, "raw").id();
      var _ = several.stage(OWNER, id, stream(700_000), -1);
      StoreOperations stores = several.stores();
      var _ = stores.importStaged(OWNER, id, "", StoreChoice.of("two"));
      while (!stores.isIdle()) {
        Thread.sleep(1);
      }
      assertEquals(ImageStatus.ACTIVE, several.get(OWNER, id).status());
      assertEquals(700_000, several.used(OWNER));
      var _ = stores.copy(OWNER, id, "", StoreChoice.of("one"));
      while (!stores.isIdle()) {
        Thread.sleep(1);
      }
      ImportTask copy = several.get(OWNER, id).tasks().getLast();
      assertEquals(ImportTask.Status.FAILURE, copy.status());
      assertEquals("Project p1 may store 1000000 bytes, and has room for 300000", copy.message());
      assertEquals(700_000, several.used(OWNER));
    }
  }
}
