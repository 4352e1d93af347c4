package io.diskformat.qcow2;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * References to clusters that tables no longer have, counted by cluster. They are given up once it
 * is durable that no table has them. The allocator would keep room for a whole cluster for each of
 * them.
 */
final class Releases {
  private final CompactionImage image;
  private final Map<Long, Long> waiting = new HashMap<>();

  Releases(CompactionImage image) {
    this.image = image;
  }

  /** Adds references to a cluster, which changed tables no longer have. */
  void add(long cluster, long references) {
    if (references == 1) {
      image.allocator().free(cluster);
    } else {
      waiting.merge(cluster, references, Long::sum);
    }
  }

  /** Makes all changes of tables durable, and then gives the references up. */
  void settle() throws IOException {
    image.flush();
    for (Map.Entry<Long, Long> each : waiting.entrySet()) {
      image.allocator().drop(each.getKey(), each.getValue());
    }
    waiting.clear();
    image.flush();
  }
}
