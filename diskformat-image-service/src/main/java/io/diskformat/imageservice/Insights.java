package io.diskformat.imageservice;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks into images when they have become active, one after the other, by a thread beside: nobody
 * waits for that, and what cannot be found out is no failure.
 */
final class Insights implements Closeable {
  private static final System.Logger LOG = System.getLogger(Insights.class.getName());
  private static final int MOST_WAITING = 1000;

  private final ImageService service;
  private final AttributeRules rules;
  private final Catalogue catalogue;
  private final Blobs blobs;
  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          1,
          1,
          1,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MOST_WAITING),
          Thread.ofPlatform().daemon().name("image insight").factory());

  private volatile @Nullable DiskInsight insight;

  Insights(ImageService service, AttributeRules rules, Catalogue catalogue, Blobs blobs) {
    this.service = service;
    this.rules = rules;
    this.catalogue = catalogue;
    this.blobs = blobs;
    thread.allowCoreThreadTimeOut(true);
  }

  void use(DiskInsight other) {
    insight = other;
  }

  /** Looks into an image later on. */
  void add(String id) {
    DiskInsight present = insight;
    if (present != null) {
      try {
        thread.execute(() -> lookInto(id, present));
      } catch (RejectedExecutionException e) {
        LOG.log(System.Logger.Level.INFO, "image {0} is not looked into", id);
      }
    }
  }

  private void lookInto(String id, DiskInsight present) {
    try {
      ImageRecord image = catalogue.find(id).orElse(null);
      if (image != null && image.data() != null) {
        set(image, properties(image, image.data(), present));
      }
    } catch (DiskFormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "image " + id + " makes no sense inside", e);
    } catch (IOException | RuntimeException e) {
      if (thread.isShutdown()) {
        return;
      }
      LOG.log(System.Logger.Level.WARNING, "image " + id + " could not be looked into", e);
    }
  }

  private SortedMap<String, String> properties(
      ImageRecord image, StoredData data, DiskInsight present) throws IOException {
    String format = String.valueOf(image.attributes().diskFormat());
    try (DiskImage disk =
        ChannelStorage.disk("image " + image.id(), blobs.open(data, ""), format)) {
      return present.of(disk);
    }
  }

  private void set(ImageRecord image, Map<String, String> found) throws IOException {
    Optional<ImageRecord> _ =
        service.replace(
            image.id(),
            record -> {
              ImageAttributes attributes = rules.withFound(record.attributes(), found);
              return attributes.equals(record.attributes())
                  ? record
                  : record.with(attributes, service.now());
            });
  }

  @Override
  public void close() {
    var _ = thread.shutdownNow();
  }
}
