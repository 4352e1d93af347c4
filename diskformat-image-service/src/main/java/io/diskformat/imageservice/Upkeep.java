package io.diskformat.imageservice;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a service does besides answering: it renews the leases of its uploads, so that other
 * services know that they go on, and takes back what those left that are no more. Each by a thread
 * of its own, as a store may take longer to be swept than a lease lasts, or hang. Thread-safe.
 */
final class Upkeep implements Closeable {
  /** Of a lease: how often it is renewed before it ends. */
  private static final int RENEWALS = 4;

  /** In renewals. */
  private static final int BETWEEN_SWEEPS = 64;

  private final ImageService service;
  private final UpkeepFailures failures = new UpkeepFailures();
  private final Recovery recovery;
  private final ServiceLimits limits;

  /** The ids of images, by their uploads. */
  private final Map<String, String> running = new ConcurrentHashMap<>();

  private final Thread renewing;
  private final Thread recovering;

  Upkeep(ImageService service, Catalogue catalogue, Blobs blobs, ServiceLimits limits) {
    this.service = service;
    this.recovery = new Recovery(service, catalogue, blobs, limits.lease(), failures);
    this.limits = limits;
    this.renewing = thread("image service leases", _ -> renew());
    this.recovering = thread("image service upkeep", this::recover);
  }

  /** A platform thread: one that hangs in a store must not keep the carrier of others. */
  private Thread thread(String name, Chore chore) {
    return Thread.ofPlatform().daemon().name(name).unstarted(() -> repeat(chore));
  }

  /**
   * Begins.
   *
   * @param alone whether nobody else can be at work, so that all uploads are dead
   */
  void begin(boolean alone) throws IOException {
    var _ = recovery.release(alone, running::containsKey);
    recovery.sweep();
    renewing.start();
    recovering.start();
  }

  /** Returns the lease of an upload that begins or goes on now. */
  UploadLease lease(String upload) {
    return new UploadLease(upload, end());
  }

  private Instant end() {
    return service.now().plus(limits.lease());
  }

  /** Renews the lease of an upload from now on, until it ends. */
  void add(String upload, String image) {
    String _ = running.put(upload, image);
  }

  void remove(String upload) {
    String _ = running.remove(upload);
  }

  /** What is done again and again. */
  @FunctionalInterface
  private interface Chore {
    /**
     * Does it.
     *
     * @param round how often it was done, and this time
     */
    void run(int round) throws IOException;
  }

  private void repeat(Chore chore) {
    Duration pause = limits.lease().dividedBy(RENEWALS);
    try {
      for (int round = 1; ; round++) {
        Thread.sleep(pause);
        try {
          chore.run(round);
        } catch (IOException | RuntimeException | Error e) {
          // Whatever it was, without this thread the service would slowly come to a stop.
          failures.add("the upkeep of the image service failed", e);
        }
      }
    } catch (InterruptedException e) {
      // That is how it ends.
    }
  }

  private void recover(int round) throws IOException {
    // Its own uploads go on, also if it was itself at rest until their leases had ended.
    if (recovery.release(false, running::containsKey) > 0 || round % BETWEEN_SWEEPS == 0) {
      recovery.sweep();
    }
  }

  /** One that is not renewed does not keep the others from being so. */
  private void renew() {
    for (Map.Entry<String, String> entry : running.entrySet()) {
      String upload = entry.getKey();
      String image = entry.getValue();
      try {
        var _ =
            service.replace(
                image, record -> record.isWrittenBy(upload) ? record.leasedUntil(end()) : record);
      } catch (IOException | RuntimeException | Error e) {
        failures.add("the lease of image " + image + " was not renewed", e);
      }
    }
  }

  long failures() {
    return failures.count();
  }

  @Override
  public void close() {
    renewing.interrupt();
    recovering.interrupt();
  }
}
