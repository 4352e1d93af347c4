package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.onepass.AnnouncedUnits;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Where everything is in an image that is written in one pass. */
final class StreamPlanTest {
  private static StreamPlan plan(long l1Entries) throws IOException {
    Qcow2Options options =
        Qcow2Options.of(
            "x", Qcow2UnderTest.options("cluster_size=512,refcount_bits=64").size(1 << 20));
    return new StreamPlan("x", options, new AnnouncedUnits(6, 512), l1Entries);
  }

  /** Whoever opens an image refuses one with a longer table. */
  @Test
  void aRefcountTableHas8MibAtMost() throws IOException {
    // A cluster has 64 entries, or refcounts for 64 clusters; the longest table is for as many as
    // these.
    long clusters = 1L << 26;
    long l1Clusters = clusters - clusters / 64 - clusters / 64 / 64 - 1;
    StreamPlan longest = plan(l1Clusters * 64);
    assertEquals(clusters, longest.total());
    assertEquals((8 << 20) / 512, longest.tableClusters());
    assertThrows(UnsupportedFeatureException.class, () -> plan(l1Clusters * 64 + 1));
  }
}
