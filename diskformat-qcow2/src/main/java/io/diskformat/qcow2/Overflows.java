package io.diskformat.qcow2;

import java.util.Map;
import java.util.TreeMap;

/** The references that could not be counted, by their clusters. It names the first of these. */
final class Overflows {
  private static final int MOST = 10_000;

  private final Map<Long, Long> clusters = new TreeMap<>();

  /** Adds references to a cluster that could not be counted. */
  synchronized void add(long cluster, long references) {
    if (clusters.size() < MOST || clusters.containsKey(cluster)) {
      clusters.merge(cluster, references, Long::sum);
    }
  }

  /** Reports them, and forgets them. */
  synchronized void report(Findings findings) {
    clusters.forEach((cluster, references) -> {
      // All of a cluster's say the same.
      for (long i = 0; i < Math.min(references, MOST); i++) {
        findings.overflow(cluster);
      }
    });
    clusters.clear();
  }

  synchronized boolean isEmpty() {
    return clusters.isEmpty();
  }
}
