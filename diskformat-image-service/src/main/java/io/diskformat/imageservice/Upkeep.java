package io.diskformat.imageservice;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a service does besides answering: it renews the leases of its uploads, so that other
 * services know that they go on, and takes back what those left that are no more. Thread-safe.
 */
final class Upkeep implements Closeable {
  private static final System.Logger LOG = System.getLogger(Upkeep.class.getName());

  /** Of a lease: how often it is renewed before it ends. */
  private static final int RENEWALS = 4;

  /** In renewals. */
  private static final int BETWEEN_SWEEPS = 64;

  private final ImageService service;
  private final Recovery recovery;
  private final ServiceLimits limits;

  /** The ids of images, by their uploads. */
  private final Map<String, String> running = new ConcurrentHashMap<>();

  private final Thread thread;

  Upkeep(ImageService service, Recovery recovery, ServiceLimits limits) {
    this.service = service;
    this.recovery = recovery;
    this.limits = limits;
    this.thread = Thread.ofVirtual().name("image service upkeep").unstarted(this::run);
  }

  /**
   * Begins.
   *
   * @param alone whether nobody else can be at work, so that all uploads are dead
   */
  void begin(boolean alone) throws IOException {
    var _ = recovery.release(alone);
    recovery.sweep();
    thread.start();
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

  private void run() {
    Duration pause = limits.lease().dividedBy(RENEWALS);
    try {
      for (int i = 1; ; i++) {
        Thread.sleep(pause);
        try {
          renew();
          if (recovery.release(false) > 0 || i % BETWEEN_SWEEPS == 0) {
            recovery.sweep();
          }
        } catch (IOException | RuntimeException e) {
          LOG.log(System.Logger.Level.WARNING, "the upkeep of the image service failed", e);
        }
      }
    } catch (InterruptedException e) {
      // That is how it ends.
    }
  }

  void renew() throws IOException {
    for (Map.Entry<String, String> entry : running.entrySet()) {
      String upload = entry.getKey();
      var _ =
          service.replace(
              entry.getValue(),
              record ->
                  record.isWrittenBy(upload)
                      ? record.leasedUntil(end())
                      : record);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
