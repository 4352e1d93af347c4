package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.SequenceInputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each call of the store and of the catalogue fails once, before it did anything or after it did
 * all, and for ever from then on; whatever that was, after a restart every image is whole or waits
 * for its data, and nothing is left over.
 */
final class FaultsTest {
  private static final Logger LOG = Logger.getLogger("io.diskformat.imageservice");
  private static final String FULL = "No space left on device";

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  /** The next call that fails, and how many follow it. */
  private final AtomicInteger calls = new AtomicInteger();

  private int first = Integer.MAX_VALUE;
  private int last = -1;
  private boolean afterwards;
  private String message = "broken";
  private String lastFailed = "";

  /** How a round ended. */
  private enum End {
    UNTOUCHED,
    SUCCEEDED,
    FAILED
  }

  private Object faulty(Class<?> type, Object real) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (_, method, arguments) -> call(real, method, arguments));
  }

  private Object call(Object real, Method method, Object[] arguments) throws Throwable {
    boolean counts =
        !method.getName().equals("close")
            && !method.getName().equals("isShared")
            && !method.getName().equals("free");
    int number = counts ? calls.getAndIncrement() : -1;
    boolean fails = number >= first && number <= last;
    if (fails) {
      lastFailed = method.getName();
    }
    if (fails && !afterwards) {
      throw new IOException(message);
    }
    Object result;
    try {
      result = method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (fails) {
      throw new IOException(message);
    }
    return result instanceof BlobStore.Pending pending
        ? faulty(BlobStore.Pending.class, pending)
        : result;
  }

  private boolean failed(boolean late, String method) {
    return late && lastFailed.equals(method);
  }

  private ImageService service() throws IOException {
    Catalogue catalogue =
        (Catalogue) faulty(Catalogue.class, FileCatalogue.open(directory.resolve("catalogue")));
    BlobStore store = (BlobStore) faulty(BlobStore.class, FileBlobStore.open(directory));
    return ImageService.open(catalogue, store, ServiceLimits.usual());
  }

  /** Uploads, stages and imports, and deletes, with one fault. */
  private End round(int call, int count, boolean late) throws IOException {
    byte[] data = random(200_000, call);
    boolean failed = false;
    boolean touched;
    try (ImageService service = service()) {
      String uploaded = create(service, OWNER, "raw").id();
      String staged = create(service, OWNER, "raw").id();
      String deleted = create(service, OWNER, "raw").id();
      var _ = upload(service, OWNER, deleted, data);
      calls.set(0);
      first = call;
      last = count == Integer.MAX_VALUE ? count : call + count - 1;
      afterwards = late;
      try {
        var _ = upload(service, OWNER, uploaded, data);
      } catch (IOException e) {
        failed = true;
        if (message.equals(FULL) && e instanceof ImageServiceException refused) {
          assertEquals(Problem.TOO_LARGE, refused.problem());
        }
        // What was begun although it failed, nobody can close.
        if (count == 1 && !failed(late, "begin")) {
          // The store and the catalogue work again: nothing waits for a restart.
          boolean isThere = service.get(OWNER, uploaded).status() == ImageStatus.ACTIVE;
          assertEquals(isThere ? 4 : 2, files(directory), "call " + call);
        }
      }
      try {
        var _ = service.stage(OWNER, staged, new ByteArrayInputStream(data), -1);
        var _ = service.importStaged(OWNER, staged);
      } catch (IOException e) {
        failed = true;
      }
      try {
        service.delete(OWNER, deleted);
      } catch (IOException e) {
        failed = true;
      }
      touched = calls.get() > call;
    } finally {
      first = Integer.MAX_VALUE;
      last = -1;
    }
    verify(data);
    return !touched ? End.UNTOUCHED : failed ? End.FAILED : End.SUCCEEDED;
  }

  private void verify(byte[] data) throws IOException {
    try (ImageService service = service()) {
      long blobs = 0;
      for (ImageRecord image : service.list(OWNER, ImageQuery.usual())) {
        assertNotEquals(ImageStatus.SAVING, image.status());
        if (image.status() == ImageStatus.QUEUED) {
          var _ = upload(service, OWNER, image.id(), data);
        } else if (image.status() == ImageStatus.UPLOADING) {
          var _ = service.importStaged(OWNER, image.id());
        }
        assertArrayEquals(data, content(service, OWNER, image.id()));
        assertTrue(service.check(OWNER, image.id()).orElseThrow().isIntact());
        blobs++;
      }
      assertEquals(2 * blobs, files(directory));
      for (ImageRecord image : service.list(OWNER, ImageQuery.usual())) {
        service.delete(OWNER, image.id());
      }
      assertEquals(0, files(directory));
    }
  }

  private void rounds(int count, boolean late) throws IOException {
    rounds(count, late, 1);
  }

  private void rounds(int count, boolean late, int step) throws IOException {
    int failed = 0;
    End end = End.SUCCEEDED;
    for (int call = 0; end != End.UNTOUCHED; call += step) {
      end = round(call, count, late);
      failed += end == End.FAILED ? 1 : 0;
    }
    assertTrue(failed > 5, "faults: " + failed);
  }

  @BeforeEach
  void begin() {
    // What a store does not delete is said each time.
    LOG.setLevel(Level.OFF);
  }

  @AfterEach
  void end() {
    LOG.setLevel(null);
  }

  @Test
  void oneCallFails() throws IOException {
    rounds(1, false);
  }

  @Test
  void oneCallIsDoneAndFails() throws IOException {
    rounds(1, true);
  }

  @Test
  void allCallsFailFromOneOn() throws IOException {
    rounds(Integer.MAX_VALUE, false);
  }

  @Test
  void aFullDisk() throws IOException {
    message = FULL;
    rounds(3, false, 3);
  }

  /** A store that hands out uploads of which each write is an error, and not an exception. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void anErrorOfTheStoreEndsAnUpload() throws IOException {
    BlobStore real = FileBlobStore.open(directory);
    BlobStore store =
        (BlobStore)
            Proxy.newProxyInstance(
                BlobStore.class.getClassLoader(),
                new Class<?>[] {BlobStore.class},
                (_, method, arguments) -> {
                  Object result = method.invoke(real, arguments);
                  return result instanceof BlobStore.Pending pending ? broken(pending) : result;
                });
    try (ImageService service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")), store, ServiceLimits.usual())) {
      String id = create(service, OWNER, "raw").id();
      IOException e =
          assertThrows(IOException.class, () -> upload(service, OWNER, id, random(3_000_000, 1)));
      assertInstanceOf(OutOfMemoryError.class, e.getCause());
      assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
      assertEquals(0, files(directory));
    }
  }

  private static Object broken(BlobStore.Pending pending) {
    return Proxy.newProxyInstance(
        BlobStore.class.getClassLoader(),
        new Class<?>[] {BlobStore.Pending.class},
        (_, method, arguments) -> {
          if (method.getName().equals("write")) {
            throw new OutOfMemoryError("as if");
          }
          return method.invoke(pending, arguments);
        });
  }

  /** The service renews the lease of an import as long as it does not hear of its end. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void anErrorOfASourceEndsAnImport() throws IOException {
    try (ImageService service = service()) {
      String id = create(service, OWNER, "raw").id();
      ImageRecord _ =
          service.importFrom(
              OWNER,
              id,
              "web-download",
              "",
              () -> {
                throw new OutOfMemoryError("as if");
              });
      while (service.get(OWNER, id).status() == ImageStatus.IMPORTING) {
        Thread.onSpinWait();
      }
      ImageRecord image = service.get(OWNER, id);
      assertEquals(ImageStatus.QUEUED, image.status());
      assertEquals(ImportTask.Status.FAILURE, image.tasks().getFirst().status());
      InputStream body =
          new InputStream() {
            @Override
            public int read() {
              throw new OutOfMemoryError("as if");
            }
          };
      assertThrows(OutOfMemoryError.class, () -> service.upload(OWNER, id, body, -1));
      assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
    }
  }

  /** As the thread of an import is when the service closes, or that of a client who is too slow. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInterruptedUploadGivesTheImageBack(boolean isVirtual) throws Exception {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread.Builder builder = isVirtual ? Thread.ofVirtual() : Thread.ofPlatform();
    Thread thread =
        builder.uncaughtExceptionHandler((_, e) -> failure.set(e)).start(this::interruptedUpload);
    thread.join();
    assertNull(failure.get());
  }

  private void interruptedUpload() {
    try (ImageService service = service()) {
      String id = create(service, OWNER, "raw").id();
      InputStream body =
          new InputStream() {
            @Override
            public int read() throws IOException {
              Thread.currentThread().interrupt();
              throw new InterruptedIOException("interrupted");
            }
          };
      assertThrows(InterruptedIOException.class, () -> service.upload(OWNER, id, body, -1));
      assertTrue(Thread.interrupted());
      assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
      assertEquals(0, files(directory));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * At the ends of the pieces that the service works with, at both ends of the data, and within.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 511, 65_536, 131_071, 131_072, 131_073, 299_999, 300_000})
  void aBodyThatBreaksOffLeavesNothing(int length) throws IOException {
    byte[] data = random(300_000, length);
    try (ImageService service = service()) {
      String id = create(service, OWNER, "raw").id();
      for (long size : new long[] {-1, data.length}) {
        InputStream body =
            new SequenceInputStream(
                new ByteArrayInputStream(data, 0, length),
                new InputStream() {
                  @Override
                  public int read() throws IOException {
                    throw new IOException("the client is gone");
                  }
                });
        IOException e =
            assertThrows(IOException.class, () -> service.upload(OWNER, id, body, size));
        assertEquals("the client is gone", e.getMessage());
        assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
        assertEquals(0, files(directory));
      }
      var _ = upload(service, OWNER, id, data);
      assertArrayEquals(data, content(service, OWNER, id));
    }
  }

  @Test
  void anImageMayBeChangedWhileItsDataArrives() throws IOException {
    byte[] data = random(300_000, 1);
    try (ImageService service = service()) {
      String id = create(service, OWNER, "raw").id();
      HookedBody body =
          HookedBody.inTheMiddle(
              data,
              () -> {
                var _ =
                    service.update(
                        OWNER, id, image -> image.attributes().toBuilder().name("new").build());
                // That would be the end of what its inspection was good for.
                ImageServiceException e =
                    assertThrows(
                        ImageServiceException.class,
                        () ->
                            service.update(
                                OWNER,
                                id,
                                image -> image.attributes().toBuilder().diskFormat("vdi").build()));
                assertEquals(Problem.FORBIDDEN, e.problem());
              });
      ImageRecord image = service.upload(OWNER, id, body, data.length);
      assertTrue(body.isDone());
      assertEquals(ImageStatus.ACTIVE, image.status());
      assertEquals("new", image.attributes().name());
      assertArrayEquals(data, content(service, OWNER, id));
    }
  }
}
