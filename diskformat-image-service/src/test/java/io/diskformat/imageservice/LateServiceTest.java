package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.file.FileBlobStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A service that rests at any call of an upload, as a process that is stopped does or a machine
 * that is moved, and goes on when others have long taken it for dead: it does no harm to what they
 * did. So it is if clocks differ.
 */
final class LateServiceTest {
  private static final byte[] LATE = random(200_000, 1);
  private static final byte[] OTHER = random(300_000, 2);

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  private final MemoryCatalogue catalogue = new MemoryCatalogue();

  /** The next call, and the one at which the service rests. */
  private final AtomicInteger calls = new AtomicInteger();

  private int resting = -1;
  private boolean rested;
  private String id = "";

  private ImageService service(Duration ahead) throws IOException {
    return ImageService.open(
        catalogue,
        BlobStores.of(FileBlobStore.open(directory)),
        ServiceLimits.usual(),
        Clock.offset(Clock.systemUTC(), ahead));
  }

  /** Opens a service that does something else in the middle of a call. */
  private ImageService resting(boolean late, HookedBody.Action meanwhile) throws IOException {
    HookedCalls.Hook hook =
        method -> {
          // Its upkeep is not part of an upload; that it is closed is.
          boolean counts = !method.equals("isShared") && !method.equals("free");
          if (counts && calls.getAndIncrement() == resting) {
            rested = true;
            meanwhile.run();
          }
        };
    HookedCalls hooked =
        late
            ? new HookedCalls(HookedCalls.NOTHING, hook)
            : new HookedCalls(hook, HookedCalls.NOTHING);
    return ImageService.open(
        hooked.wrap(Catalogue.class, catalogue),
        hooked.wrap(BlobStore.class, FileBlobStore.open(directory)),
        ServiceLimits.usual());
  }

  /** What others do once the lease of the upload has ended. */
  private void take() throws IOException {
    try (ImageService other = service(Duration.ofHours(1))) {
      if (other.get(OWNER, id).status() == ImageStatus.QUEUED) {
        var _ = upload(other, OWNER, id, OTHER);
      }
    }
  }

  private void delete() throws IOException {
    try (ImageService other = service(Duration.ofHours(1))) {
      other.delete(OWNER, id);
    }
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void whoeverComesBackLateDoesNoHarm(boolean late, boolean deletes) throws IOException {
    Set<Problem> seen = EnumSet.noneOf(Problem.class);
    for (int call = 0; ; call++) {
      resting = -1;
      rested = false;
      boolean done = false;
      try (ImageService service = resting(late, deletes ? this::delete : this::take)) {
        id = create(service, OWNER, "raw").id();
        calls.set(0);
        resting = call;
        try {
          var _ = upload(service, OWNER, id, LATE);
          done = true;
        } catch (ImageServiceException e) {
          seen.add(e.problem());
        } finally {
          resting = -1;
        }
      }
      try (ImageService after = service(Duration.ofHours(1))) {
        if (deletes && rested) {
          assertTrue(after.list(OWNER, ImageQuery.usual()).isEmpty());
        } else {
          assertArrayEquals(done ? LATE : OTHER, content(after, OWNER, id), "call " + call);
          assertTrue(after.check(OWNER, id).orElseThrow().isIntact());
          assertEquals(2, files(directory), "call " + call);
          after.delete(OWNER, id);
        }
        assertEquals(0, files(directory), "call " + call);
      }
      if (!rested) {
        assertTrue(call > 15, "calls: " + call);
        break;
      }
    }
    assertEquals(
        deletes
            ? EnumSet.of(Problem.GONE, Problem.NOT_FOUND)
            : EnumSet.of(Problem.GONE, Problem.CONFLICT),
        seen);
  }

  /** Up to ten minutes do not matter. One whose clock is further ahead takes uploads for dead. */
  @ParameterizedTest
  @ValueSource(ints = {-60, 5, 60})
  void clocksThatDifferLoseNoMoreThanAnUpload(int minutes) throws IOException {
    Duration ahead = Duration.ofMinutes(minutes);
    try (ImageService service = service(Duration.ZERO)) {
      id = create(service, OWNER, "raw").id();
      HookedBody body = HookedBody.inTheMiddle(LATE, () -> service(ahead).close());
      try {
        var _ = service.upload(OWNER, id, body, LATE.length);
        assertTrue(minutes < 60);
      } catch (ImageServiceException e) {
        assertEquals(60, minutes);
        assertEquals(Problem.GONE, e.problem());
        assertEquals(0, files(directory));
        var _ = upload(service, OWNER, id, LATE);
      }
      assertArrayEquals(LATE, content(service, OWNER, id));
      assertEquals(2, files(directory));
    }
  }

  /** The clock of a service that is no more was an hour ahead. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aLeaseThatIsNotRenewedEndsWhateverItSays() throws IOException {
    try (ImageService service = service(Duration.ofHours(1))) {
      id = create(service, OWNER, "raw").id();
    }
    ImageRecord image = catalogue.find(id).orElseThrow();
    UploadLease lease =
        new UploadLease(UUID.randomUUID().toString(), Instant.now().plus(Duration.ofHours(1)));
    assertTrue(
        catalogue.replace(image, image.in(ImageStatus.SAVING, null, lease, image.updatedAt())));
    try (ImageService other =
        ImageService.open(catalogue, FileBlobStore.open(directory), limits(40))) {
      while (other.get(OWNER, id).status() == ImageStatus.SAVING) {
        Thread.onSpinWait();
      }
      assertEquals(ImageStatus.ACTIVE, upload(other, OWNER, id, LATE).status());
    }
  }

  private static ServiceLimits limits(int leaseMillis) {
    ServiceLimits usual = ServiceLimits.usual();
    return new ServiceLimits(
        usual.largestImage(),
        usual.largestDisk(),
        usual.reserve(),
        usual.mostProperties(),
        Duration.ofMillis(leaseMillis),
        true);
  }

  /** Renewals are late, as of a machine that slept; nobody else has taken the image meanwhile. */
  @Test
  void whoIsLateAloneGoesOn() throws IOException {
    SettableClock clock = new SettableClock();
    AtomicInteger rounds = new AtomicInteger();
    HookedCalls counting =
        new HookedCalls(
            method -> {
              if (method.equals("all")) {
                int _ = rounds.incrementAndGet();
              }
            },
            HookedCalls.NOTHING);
    try (ImageService service =
        ImageService.open(
            counting.wrap(Catalogue.class, catalogue),
            BlobStores.of(FileBlobStore.open(directory)),
            limits(40),
            clock)) {
      id = create(service, OWNER, "raw").id();
      HookedBody body =
          HookedBody.inTheMiddle(
              LATE,
              () -> {
                clock.ahead = Duration.ofHours(1);
                int now = rounds.get();
                // It has looked for dead leases at least once since.
                while (rounds.get() < now + 3) {
                  Thread.onSpinWait();
                }
              });
      assertEquals(ImageStatus.ACTIVE, service.upload(OWNER, id, body, LATE.length).status());
    }
  }

  /** Runs on from wherever it is set to. */
  private static final class SettableClock extends Clock {
    private volatile Duration ahead = Duration.ZERO;

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Clock.systemUTC().instant().plus(ahead);
    }
  }
}
