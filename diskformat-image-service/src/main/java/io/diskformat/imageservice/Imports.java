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
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore places = new Semaphore(MOST_AT_ONCE);

  Imports(Uploads uploads) {
    this.uploads = uploads;
  }

  /** Begins an import; its task says how it ends. */
  ImageRecord begin(Caller caller, String id, String method, String request, ImportSource source)
      throws IOException {
    if (!places.tryAcquire()) {
      throw new ImageServiceException(
          Problem.UNAVAILABLE, "There are " + MOST_AT_ONCE + " imports already; try again later");
    }
    boolean runs = false;
    try {
      Uploads.Claim claim = uploads.claimImport(caller, id, method, request);
      var _ = threads.submit(() -> run(claim, source));
      runs = true;
      return claim.image();
    } finally {
      if (!runs) {
        places.release();
      }
    }
  }

  private void run(Uploads.Claim claim, ImportSource source) {
    try {
      try (ImportSource.Data data = source.open()) {
        uploads.fill(claim, data.bytes(), data.size(), ImageStatus.ACTIVE);
      } catch (IOException | RuntimeException | Error e) {
        // Where data came, the image has been released before.
        uploads.release(claim, e);
      }
    } finally {
      places.release();
    }
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
