package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.file.FileBlobStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One image, or one blob, of which each change fails, keeps no other from being looked after. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class UpkeepTest {
  private static final Logger LOG = Logger.getLogger(Upkeep.class.getName());
  private static final String NOTHING = "";

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  private final MemoryCatalogue catalogue = new MemoryCatalogue();
  private final AtomicInteger failed = new AtomicInteger();

  /** The id of an image that is not changed, or the name of a blob that is not deleted. */
  private volatile String failing = NOTHING;

  private volatile Throwable failure = new IOException("as if");

  @BeforeEach
  void begin() {
    LOG.setLevel(Level.OFF);
  }

  @AfterEach
  void end() {
    LOG.setLevel(null);
  }

  private <T> T failing(Class<T> type, T real) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              boolean fails =
                  switch (method.getName()) {
                    case "replace" -> ((ImageRecord) arguments[0]).id().equals(failing);
                    case "delete", "abandon" ->
                        failing.equals("all") || arguments[0].equals(failing);
                    default -> false;
                  };
              if (fails) {
                int _ = failed.incrementAndGet();
                throw failure;
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private ImageService open(Duration lease) throws IOException {
    ServiceLimits usual = ServiceLimits.usual();
    return ImageService.open(
        failing(Catalogue.class, catalogue),
        failing(BlobStore.class, FileBlobStore.open(directory)),
        new ServiceLimits(
            usual.largestImage(), usual.largestDisk(), usual.reserve(), 128, lease, true));
  }

  private ImageService open() throws IOException {
    return open(Duration.ofMinutes(2));
  }

  private ImageStatus status(String id) {
    return catalogue.find(id).orElseThrow().status();
  }

  @Test
  void oneImageThatIsNotTakenBackKeepsNoOtherFromIt() throws IOException {
    List<String> ids = new ArrayList<>();
    try (ImageService service = open()) {
      for (int i = 0; i < 3; i++) {
        ids.add(create(service, OWNER, "raw").id());
      }
    }
    for (Throwable each :
        List.of(new IOException("as if"), new IllegalStateException("as if"), new Error("as if"))) {
      failure = each;
      for (String stuck : ids) {
        ids.forEach(this::leaveDead);
        failing = stuck;
        try (ImageService service = open()) {
          for (String id : ids) {
            assertEquals(
                id.equals(stuck) ? ImageStatus.SAVING : ImageStatus.QUEUED, status(id), stuck);
          }
          assertEquals(1, service.upkeepFailures());
        }
        failing = NOTHING;
        try (ImageService service = open()) {
          assertEquals(ImageStatus.QUEUED, status(stuck));
          assertEquals(0, service.upkeepFailures());
        }
      }
    }
  }

  /** As a service does that was killed long ago. */
  private void leaveDead(String id) {
    ImageRecord image = catalogue.find(id).orElseThrow();
    UploadLease lease = new UploadLease(UUID.randomUUID().toString(), Instant.EPOCH);
    assertTrue(
        catalogue.replace(image, image.in(ImageStatus.SAVING, null, lease, image.updatedAt())));
  }

  @Test
  void oneLeaseThatIsNotRenewedKeepsNoOtherFromIt() throws IOException {
    byte[] data = random(100_000, 1);
    try (ImageService service = open(Duration.ofMillis(40))) {
      String one = create(service, OWNER, "raw").id();
      String other = create(service, OWNER, "raw").id();
      HookedBody inner =
          HookedBody.inTheMiddle(
              data,
              () -> {
                awaitRenewal(other, one);
                awaitRenewal(one, other);
              });
      HookedBody outer =
          HookedBody.inTheMiddle(
              data,
              () -> {
                var _ = service.upload(OWNER, other, inner, data.length);
              });
      assertEquals(ImageStatus.ACTIVE, service.upload(OWNER, one, outer, data.length).status());
      assertEquals(ImageStatus.ACTIVE, status(other));
      // The last one may be about to be counted.
      while (service.upkeepFailures() < failed.get()) {
        Thread.onSpinWait();
      }
      assertEquals(failed.get(), service.upkeepFailures());
    }
  }

  /** Waits until a lease is renewed twice while that of the other fails. */
  private void awaitRenewal(String id, String other) {
    failing = other;
    int before = failed.get();
    for (int i = 0; i < 2; i++) {
      Instant until = until(id);
      while (until(id).equals(until) || failed.get() == before) {
        Thread.onSpinWait();
      }
    }
    failing = NOTHING;
  }

  private Instant until(String id) {
    return catalogue.find(id).orElseThrow().lease().until();
  }

  @Test
  void oneBlobThatIsNotDeletedKeepsNoOtherFromIt() throws IOException {
    int present = present();
    for (Throwable each : List.of(new IOException("as if"), new IllegalStateException("as if"))) {
      failure = each;
      for (int i = 0; i < 6; i++) {
        List<String> left = leftOver(3);
        failing = left.get(i);
        try (ImageService service = open()) {
          assertEquals(present + 1, files(directory));
          assertEquals(1, service.upkeepFailures());
        }
        failing = NOTHING;
        open().close();
        assertEquals(present, files(directory));
      }
    }
  }

  /** Else each call may take as long as a connection that cannot be made. */
  @Test
  void aStoreThatDeletesNothingIsLeftAloneSoon() throws IOException {
    int present = present();
    List<String> _ = leftOver(10);
    failing = "all";
    try (ImageService service = open()) {
      assertEquals(8, failed.get());
      assertEquals(1, service.upkeepFailures());
    }
    failing = NOTHING;
    open().close();
    assertEquals(present, files(directory));
  }

  /** Returns how many files there are with one image, without which none would be deleted. */
  private int present() throws IOException {
    try (ImageService service = open()) {
      String id = create(service, OWNER, "raw").id();
      var _ = service.upload(OWNER, id, new ByteArrayInputStream(random(600, 1)), -1);
    }
    return (int) files(directory);
  }

  /** Returns the names of blobs and parts of uploads that no image has, of each as many. */
  private List<String> leftOver(int count) throws IOException {
    FileBlobStore store = FileBlobStore.open(directory);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      try (BlobStore.Pending pending = store.begin(UUID.randomUUID().toString())) {
        pending.write(ByteBuffer.wrap(new byte[] {1}));
        names.add(pending.complete());
      }
      names.add(UUID.randomUUID().toString());
      Files.write(directory.resolve("incoming").resolve(names.getLast() + ".part"), new byte[1]);
    }
    return names;
  }
}
