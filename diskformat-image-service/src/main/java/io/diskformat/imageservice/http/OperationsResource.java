package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ImageServiceException;
import io.diskformat.imageservice.ImageStatus;
import io.diskformat.imageservice.StoredData;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What those ask for who run the service, and what there is of a cache: nothing to be done. */
final class OperationsResource {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int MOST_CHECKS = 8;
  private static final long MEBIBYTE = 1 << 20;
  private static final String SILENT = "the catalogue or the store does not answer";

  private static final int MOST_CACHED = 10_000;

  /** The images that somebody wants cached, and since when. */
  private final Map<String, Instant> cached = new ConcurrentHashMap<>();

  private final ImageService service;
  private final Metrics metrics;
  private final Duration patience;

  /** A store that hangs keeps threads, of which nobody is to get as many as he sends requests. */
  private final Semaphore places = new Semaphore(MOST_CHECKS);

  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory());

  OperationsResource(ImageService service, Metrics metrics) {
    this(service, metrics, PATIENCE);
  }

  /**
   * Creates one, for tests.
   *
   * @param patience how long the service may take until it counts as one that does not answer
   */
  OperationsResource(ImageService service, Metrics metrics, Duration patience) {
    this.service = service;
    this.metrics = metrics;
    this.patience = patience;
  }

  /**
   * Answers 200 if the catalogue and the store answer, and 503 if they do not, in a few seconds.
   */
  Response health() {
    FutureTask<Long> check =
        new FutureTask<>(() -> {
          var _ = service.counts();
          return service.free();
        });
    String problem;
    try {
      if (places.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        threads.execute(() -> {
          try {
            check.run();
          } finally {
            places.release();
          }
        });
        var _ = check.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        return Response.text(200, "text/plain", "OK");
      }
      problem = SILENT;
    } catch (ExecutionException e) {
      // What it names is no business of everybody.
      problem = "the catalogue or the store fails";
    } catch (TimeoutException e) {
      problem = SILENT;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      problem = "the service stops";
    }
    boolean _ = check.cancel(true);
    return Response.text(503, "text/plain", problem);
  }

  Response metrics() throws IOException {
    Map<String, Long> images = new LinkedHashMap<>();
    for (Map.Entry<ImageStatus, Long> entry : service.counts().entrySet()) {
      images.put(entry.getKey().text(), entry.getValue());
    }
    return metrics.answer(images, service.free(), service.upkeepFailures());
  }

  /** Says how much of its quotas the caller's project has used, in MiB. */
  Response usage(Caller caller) throws IOException {
    JsonObject usage = new JsonObject();
    long quota = service.limits().quota();
    if (quota != Long.MAX_VALUE) {
      JsonObject size = new JsonObject();
      size.addProperty("usage", (service.used(caller) + MEBIBYTE - 1) / MEBIBYTE);
      size.addProperty("limit", quota / MEBIBYTE);
      usage.add("image_size_total", size);
    }
    JsonObject object = new JsonObject();
    object.add("usage", usage);
    return Response.json(200, object);
  }

  /** Images are where they are fastest already; whoever wants one cached has that. */
  Response cache(Caller caller, List<String> path, String method) throws IOException {
    if (!caller.isAdmin()) {
      throw ApiException.forbidden("You are not authorized to manage the cache.");
    }
    if (path.size() == 1 && (method.equals("PUT") || method.equals("DELETE"))) {
      String id = service.get(caller, path.getFirst()).id();
      if (method.equals("DELETE")) {
        var _ = cached.remove(id);
        return Response.empty(204);
      }
      if (cached.size() < MOST_CACHED) {
        var _ = cached.putIfAbsent(id, Instant.now());
      }
      return Response.empty(202);
    }
    if (!path.isEmpty()) {
      throw Routes.notFound();
    }
    return switch (method) {
      case "GET" -> {
        JsonObject object = new JsonObject();
        object.add("cached_images", cached(caller));
        object.add("queued_images", new JsonArray());
        yield Response.json(200, object);
      }
      case "DELETE" -> {
        cached.clear();
        yield Response.empty(204);
      }
      default -> throw Routes.notAllowed("GET, DELETE");
    };
  }

  private JsonArray cached(Caller caller) throws IOException {
    JsonArray images = new JsonArray();
    for (Map.Entry<String, Instant> entry : List.copyOf(cached.entrySet())) {
      try {
        StoredData data = service.get(caller, entry.getKey()).data();
        JsonObject image = new JsonObject();
        image.addProperty("image_id", entry.getKey());
        image.addProperty("size", data == null ? 0 : data.size());
        image.addProperty("hits", 0);
        image.addProperty("last_accessed", entry.getValue().getEpochSecond());
        image.addProperty("last_modified", entry.getValue().getEpochSecond());
        images.add(image);
      } catch (ImageServiceException e) {
        // It was deleted meanwhile.
        var _ = cached.remove(entry.getKey());
      }
    }
    return images;
  }
}
