package io.diskformat.qcow2;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The references that could not be counted, by their clusters. It names the first of these. */
final class Overflows {
  private static final int MOST = 10_000;

  private final Map<Long, Long> clusters = new TreeMap<>();

  /** Includes those that were reported already. */
  private final Set<Long> all = new HashSet<>();

  /** Adds references to a cluster that could not be counted. */
  synchronized void add(long cluster, long references) {
    if (clusters.size() < MOST || clusters.containsKey(cluster)) {
      clusters.merge(cluster, references, Long::sum);
      all.add(cluster);
    }
  }

  /** Reports them, and forgets them. */
  synchronized void report(Findings findings) {
    clusters.forEach((cluster, references) -> {
      // The reports of one cluster are all alike.
      for (long i = 0; i < Math.min(references, MOST); i++) {
        findings.overflow(cluster);
      }
    });
    clusters.clear();
  }

  /** Returns whether a cluster has more references than were counted, as far as that is known. */
  synchronized boolean concern(long cluster) {
    return all.contains(cluster);
  }

  synchronized boolean isEmpty() {
    return clusters.isEmpty();
  }
}
