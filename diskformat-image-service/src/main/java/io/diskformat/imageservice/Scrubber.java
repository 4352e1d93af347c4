package io.diskformat.imageservice;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Checks the stored data of all images, one after the other and again and again, so slowly that
 * nobody notices. Thread-safe.
 */
public final class Scrubber implements Closeable {
  private static final System.Logger LOG = System.getLogger(Scrubber.class.getName());
  private static final Caller ADMIN = Caller.admin("scrubber", "scrubber");

  private final ImageService service;
  private final Duration pause;
  private final long rate;
  private final Consumer<ImageReport> listener;
  private final Thread thread;

  private Scrubber(
      ImageService service, Duration pause, long rate, Consumer<ImageReport> listener) {
    this.service = service;
    this.pause = pause;
    this.rate = rate;
    this.listener = listener;
    this.thread = Thread.ofPlatform().daemon().name("image scrubber").unstarted(this::run);
  }

  /**
   * Begins to check, at once.
   *
   * @param pause between the end of one round and the start of the next
   * @param rate how much is read in a second, in bytes
   * @param listener gets the report of each image, also of those that are as they were, and of
   *     those that could not be checked
   */
  public static Scrubber start(
      ImageService service, Duration pause, long rate, Consumer<ImageReport> listener) {
    if (rate <= 0) {
      throw new IllegalArgumentException("a rate of " + rate + " bytes a second");
    }
    Scrubber scrubber = new Scrubber(service, pause, rate, listener);
    scrubber.thread.start();
    return scrubber;
  }

  private void run() {
    try {
      while (true) {
        round();
        Thread.sleep(pause);
      }
    } catch (InterruptedException e) {
      // That is how it ends.
    }
  }

  private void round() throws InterruptedException {
    try {
      CheckRound round = CheckRound.begin(service, ADMIN, rate);
      for (ImageRecord image : images()) {
        check(round, image);
      }
    } catch (IOException | RuntimeException | Error e) {
      // Whatever it was, without this thread nobody would look any more.
      LOG.log(System.Logger.Level.WARNING, "the images could not be listed for a check", e);
    }
  }

  private List<ImageRecord> images() throws IOException {
    return service.list(ADMIN, ImageQuery.usual().everything());
  }

  private void check(CheckRound round, ImageRecord image) throws InterruptedException {
    StoredData data = image.data();
    if (data == null) {
      return;
    }
    try {
      Optional<ImageReport> report = round.check(image);
      if (report.isPresent()) {
        if (report.get().isDamaged()) {
          LOG.log(System.Logger.Level.ERROR, "damaged: {0}", report.get());
        } else if (!report.get().isIntact()) {
          LOG.log(System.Logger.Level.WARNING, "not checked: {0}", report.get());
        }
        listener.accept(report.get());
      }
    } catch (ImageServiceException e) {
      // It was deleted meanwhile.
    } catch (IOException | RuntimeException | Error e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedException();
      }
      LOG.log(System.Logger.Level.WARNING, "image " + image.id() + " could not be checked", e);
    }
  }

  /** Ends it, in the middle of an image if need be. */
  @Override
  public void close() {
    thread.interrupt();
  }
}
