package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Imports that go on when whoever asked for them has an answer. Thread-safe. */
final class Imports implements Closeable {
  private static final int MOST_AT_ONCE = 16;

  private final Uploads uploads;
  private final Claims claims;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore places = new Semaphore(MOST_AT_ONCE);

  /** Claims the image of an import. */
  @FunctionalInterface
  interface Claiming {
    Claims.Claim claim() throws IOException;
  }

  /** What an import does; it gives its image data, or fails. */
  @FunctionalInterface
  interface Work {
    void run(Claims.Claim claim) throws IOException;
  }

  Imports(Uploads uploads, Claims claims) {
    this.uploads = uploads;
    this.claims = claims;
  }

  /** Begins an import; its task says how it ends. */
  ImageRecord begin(
      Caller caller,
      String id,
      String method,
      String request,
      ImportSource source,
      UploadForm form,
      StoreChoice choice)
      throws IOException {
    StoreFailures target = uploads.target(choice);
    return begin(
        () -> claims.claimImport(caller, id, method, request, target),
        claim -> {
          try (ImportSource.Data data = source.open()) {
            uploads.fill(claim, data.bytes(), data.size(), form, ImageStatus.ACTIVE, target);
          }
        });
  }

  /** Begins work; the task that the image got with the claim says how it ends. */
  ImageRecord begin(Claiming claiming, Work work) throws IOException {
    if (!places.tryAcquire()) {
      throw new ImageServiceException(
          Problem.UNAVAILABLE, "There are " + MOST_AT_ONCE + " imports already; try again later");
    }
    boolean runs = false;
    try {
      Claims.Claim claim = claiming.claim();
      var _ = threads.submit(() -> run(claim, work));
      runs = true;
      return claim.image();
    } finally {
      if (!runs) {
        places.release();
      }
    }
  }

  private void run(Claims.Claim claim, Work work) {
    try {
      work.run(claim);
    } catch (IOException | RuntimeException | Error e) {
      // Where data came, the image has been released before.
      claims.release(claim, e);
    } finally {
      places.release();
    }
  }

  /** Returns whether none goes on. */
  boolean isIdle() {
    return places.availablePermits() == MOST_AT_ONCE;
  }

  /** Ends all imports that go on, and waits for that, though not for ever. */
  @Override
  public void close() {
    var _ = threads.shutdownNow();
    try {
      boolean _ = threads.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
