package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.testing.Oracle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store that does not answer, and at last does. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HangingStoreTest {
  private static final byte[] DATA = random(400_000, 1);

  @TempDir private Path directory;
  private final MemoryCatalogue catalogue = new MemoryCatalogue();
  private final CountDownLatch hangs = new CountDownLatch(1);
  private final CountDownLatch gate = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** The name of the method that hangs from now on. */
  private volatile String hanging = "";

  @AfterEach
  void end() {
    gate.countDown();
    threads.close();
  }

  private ImageService open(Duration lease) throws IOException {
    HookedCalls hooked =
        new HookedCalls(
            method -> {
              if (method.equals(hanging)) {
                hangs.countDown();
                hang();
              }
            },
            HookedCalls.NOTHING);
    ServiceLimits usual = ServiceLimits.usual();
    return ImageService.open(
        catalogue,
        hooked.wrap(BlobStore.class, FileBlobStore.open(directory)),
        new ServiceLimits(
            usual.largestImage(), usual.largestDisk(), usual.reserve(), 128, lease, true));
  }

  /** As the call of a file system does, it hears of no interrupt. */
  private void hang() {
    boolean interrupted = false;
    while (true) {
      try {
        gate.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private Future<ImageRecord> hangIn(ImageService service, String method, String id)
      throws InterruptedException {
    hanging = method;
    Future<ImageRecord> uploading = threads.submit(() -> upload(service, OWNER, id, DATA));
    hangs.await();
    return uploading;
  }

  @Test
  void whatNeedsNoStoreGoesOn() throws Exception {
    try (ImageService service = open(Duration.ofMinutes(2))) {
      String whole = create(service, OWNER, "raw").id();
      var _ = upload(service, OWNER, whole, DATA);
      String deleted = create(service, OWNER, "raw").id();
      Future<ImageRecord> uploading = hangIn(service, "complete", deleted);
      String id = create(service, OWNER, "raw").id();
      assertEquals(3, service.list(OWNER, ImageQuery.usual()).size());
      assertEquals(ImageStatus.SAVING, service.get(OWNER, deleted).status());
      assertArrayEquals(DATA, content(service, OWNER, whole));
      service.delete(OWNER, deleted);
      service.delete(OWNER, id);
      gate.countDown();
      ExecutionException e = assertThrows(ExecutionException.class, uploading::get);
      ImageServiceException gone = assertInstanceOf(ImageServiceException.class, e.getCause());
      assertEquals(Problem.GONE, gone.problem());
      assertEquals(2, files(directory));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"begin", "write", "complete"})
  void anUploadThatHungIsDone(String method) throws Exception {
    try (ImageService service = open(Duration.ofMinutes(2))) {
      String id = create(service, OWNER, "raw").id();
      Future<ImageRecord> uploading = hangIn(service, method, id);
      assertEquals(ImageStatus.SAVING, service.get(OWNER, id).status());
      gate.countDown();
      assertEquals(ImageStatus.ACTIVE, uploading.get().status());
      assertArrayEquals(DATA, content(service, OWNER, id));
    }
  }

  /** Files that hang when they are opened, as those of a server that is away. */
  @Test
  void virtualThreadsGoOnWhenFilesHang() throws Exception {
    try (ImageService service = open(Duration.ofMinutes(2));
        ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor()) {
      String id = create(service, OWNER, "raw").id();
      String blob = upload(service, OWNER, id, DATA).data().blob();
      Path file = directory.resolve("blobs").resolve(blob.substring(0, 2)).resolve(blob);
      Files.delete(file);
      Oracle.Result _ = Oracle.of("mkfifo").run(file).orFail();
      List<Future<ImageContent>> opening = new ArrayList<>();
      for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
        opening.add(requests.submit(() -> service.open(OWNER, id).orElseThrow()));
      }
      // All carriers would be kept by then.
      assertEquals(1, requests.submit(() -> service.list(OWNER, ImageQuery.usual())).get().size());
      assertFalse(opening.stream().anyMatch(Future::isDone));
      try (FileChannel _ = FileChannel.open(file, StandardOpenOption.WRITE)) {
        for (Future<ImageContent> each : opening) {
          // There is nothing in it.
          assertThrows(ExecutionException.class, each::get);
        }
      }
    }
  }

  /** Else others would take the images of uploads that go on, only because a store is slow. */
  @Test
  void leasesAreRenewedWhileTheStoreIsSwept() throws Exception {
    try (ImageService service = open(Duration.ofMillis(40))) {
      String id = create(service, OWNER, "raw").id();
      HookedBody body =
          HookedBody.inTheMiddle(
              DATA,
              () -> {
                hanging = "uploads";
                awaitQuietly(hangs);
                for (int i = 0; i < 3; i++) {
                  Instant until = until(id);
                  while (until(id).equals(until)) {
                    Thread.onSpinWait();
                  }
                }
                gate.countDown();
              });
      assertEquals(ImageStatus.ACTIVE, service.upload(OWNER, id, body, DATA.length).status());
    }
  }

  private Instant until(String id) {
    return catalogue.find(id).orElseThrow().lease().until();
  }

  private static void awaitQuietly(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Each call of a store that hangs would keep the carrier of such a thread. */
  @Test
  void noVirtualThreadCallsAStore() throws Exception {
    Set<String> called = ConcurrentHashMap.newKeySet();
    HookedCalls hooked =
        new HookedCalls(
            method -> {
              if (Thread.currentThread().isVirtual()) {
                called.add(method);
              }
            },
            HookedCalls.NOTHING);
    try (ImageService service =
            ImageService.open(
                catalogue,
                hooked.wrap(BlobStore.class, FileBlobStore.open(directory)),
                ServiceLimits.usual());
        ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor()) {
      String id = create(service, OWNER, "raw").id();
      Future<?> use =
          requests.submit(() -> {
            assertThrows(
                ImageServiceException.class,
                () -> service.upload(OWNER, id, new ByteArrayInputStream(DATA), DATA.length + 1));
            var _ = service.resumable().begin(OWNER, id, -1, StoreChoice.usual());
            var _ = service.resumable().append(OWNER, id, 0, new ByteArrayInputStream(DATA), true);
            assertArrayEquals(DATA, content(service, OWNER, id));
            service.delete(OWNER, id);
            return null;
          });
      assertNull(use.get());
    }
    // What is open is read, and closed, by whoever has it.
    called.removeAll(Set.of("read", "size", "position", "isOpen", "close"));
    assertEquals(Set.of(), called);
  }
}
