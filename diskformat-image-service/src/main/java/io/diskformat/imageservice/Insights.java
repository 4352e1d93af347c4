package io.diskformat.imageservice;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.CachedStorage;
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
  private static final int LONGEST_VALUE = 1000;

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
    CachedStorage storage =
        new CachedStorage(new ChannelStorage("image " + image.id(), blobs.open(data, "")));
    try (DiskImage disk = DiskImages.open(storage, OpenOptions.readOnly().format(format))) {
      return present.of(disk);
    }
  }

  /** What its owner said before stays. */
  private void set(ImageRecord image, Map<String, String> found) throws IOException {
    Optional<ImageRecord> _ =
        service.replace(
            image.id(),
            record -> {
              ImageAttributes.Builder builder = record.attributes().toBuilder();
              found.forEach((name, value) -> {
                if (rules.mayHave(builder.properties().size() + 1)) {
                  String _ =
                      builder
                          .properties()
                          .putIfAbsent(
                              name, value.substring(0, Math.min(LONGEST_VALUE, value.length())));
                }
              });
              ImageAttributes attributes = builder.build();
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
