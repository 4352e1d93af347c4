package io.diskformat.imageservice.http;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests, for Prometheus. Thread-safe. */
final class Metrics {
  private static final String TYPE = "text/plain; version=0.0.4";

  /** The bounds of how long requests take, in milliseconds. */
  private static final int[] BOUNDS = {10, 100, 1000, 10_000, 100_000};

  private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();
  private final LongAdder[] durations = new LongAdder[BOUNDS.length + 1];
  private final LongAdder nanoseconds = new LongAdder();
  private final LongAdder running = new LongAdder();
  private final LongAdder received = new LongAdder();
  private final LongAdder sent = new LongAdder();

  Metrics() {
    for (int i = 0; i < durations.length; i++) {
      durations[i] = new LongAdder();
    }
  }

  void begin() {
    running.increment();
  }

  void end(RequestRecord request) {
    running.decrement();
    String method =
        switch (request.method()) {
          case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" -> request.method();
          // There must not be as many counters as clients think of words.
          default -> "OTHER";
        };
    requests
        .computeIfAbsent(
            "method=\"%s\",status=\"%d\"".formatted(method, request.status()),
            key -> new LongAdder())
        .increment();
    long milliseconds = request.duration().toMillis();
    int bucket = 0;
    while (bucket < BOUNDS.length && milliseconds > BOUNDS[bucket]) {
      bucket++;
    }
    durations[bucket].increment();
    nanoseconds.add(request.duration().toNanos());
  }

  /** Counts bytes of images. */
  void received(long bytes) {
    received.add(bytes);
  }

  /** Counts bytes of images. */
  void sent(long bytes) {
    sent.add(bytes);
  }

  /**
   * Returns all counts.
   *
   * @param images how many there are, by their state
   * @param free how many bytes can still be stored
   * @param upkeepFailures how often something failed beside the requests
   */
  Response answer(Map<String, Long> images, long free, long upkeepFailures) {
    StringBuilder text = new StringBuilder();
    head(text, "requests_total", "counter", "Requests that were answered.");
    requests.forEach((labels, count) -> line(text, "requests_total{" + labels + "}", count.sum()));
    head(text, "request_seconds", "histogram", "How long requests took.");
    long all = 0;
    for (int i = 0; i <= BOUNDS.length; i++) {
      all += durations[i].sum();
      String bound = i < BOUNDS.length ? String.valueOf(BOUNDS[i] / 1000.0) : "+Inf";
      line(text, "request_seconds_bucket{le=\"" + bound + "\"}", all);
    }
    var _ =
        text.append("diskformat_request_seconds_sum ").append(nanoseconds.sum() / 1e9).append('\n');
    line(text, "request_seconds_count", all);
    head(text, "requests_running", "gauge", "Requests that are not answered yet.");
    line(text, "requests_running", running.sum());
    head(text, "image_bytes_received_total", "counter", "Bytes of images that came.");
    line(text, "image_bytes_received_total", received.sum());
    head(text, "image_bytes_sent_total", "counter", "Bytes of images that went.");
    line(text, "image_bytes_sent_total", sent.sum());
    head(text, "images", "gauge", "Images that there are.");
    images.forEach((status, count) -> line(text, "images{status=\"" + status + "\"}", count));
    head(text, "store_free_bytes", "gauge", "Bytes that can still be stored.");
    line(text, "store_free_bytes", free);
    head(
        text,
        "upkeep_failures_total",
        "counter",
        "Leases that were not renewed, images not taken back, and stores not swept.");
    line(text, "upkeep_failures_total", upkeepFailures);
    return Response.text(200, TYPE, text.toString());
  }

  private static void head(StringBuilder text, String name, String type, String help) {
    var _ =
        text.append("# HELP diskformat_%s %s\n".formatted(name, help))
            .append("# TYPE diskformat_%s %s\n".formatted(name, type));
  }

  private static void line(StringBuilder text, String name, long value) {
    var _ = text.append("diskformat_").append(name).append(' ').append(value).append('\n');
  }
}
