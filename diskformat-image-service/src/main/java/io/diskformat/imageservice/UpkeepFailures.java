package io.diskformat.imageservice;

import java.util.concurrent.atomic.LongAdder;

/** What failed of the upkeep of a service: each is logged, and counted. Thread-safe. */
final class UpkeepFailures {
  private static final System.Logger LOG = System.getLogger(Upkeep.class.getName());

  private final LongAdder count = new LongAdder();

  /** Notes a failure, unless it comes of the end of the service. */
  void add(String what, Throwable failure) {
    if (!Thread.currentThread().isInterrupted()) {
      count.increment();
      LOG.log(System.Logger.Level.WARNING, what, failure);
    }
  }

  long count() {
    return count.sum();
  }
}
