package io.diskformat.maintenance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.layer.SyntheticDisk;
import io.diskformat.layer.SyntheticDisk.Layout;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.FaultyStorage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What a layer records is afterwards in the image below, and nothing else has changed there. */
final class LayerCommitTest {
  private static final int SECTOR = 512;

  private static DiskImage raw(byte[] content) throws IOException {
    return DiskImages.open(
        MemoryStorage.of("below", content), OpenOptions.writable().format("raw"));
  }

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void whatTheLayerRecordsIsBelow(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    SyntheticDisk layer = new SyntheticDisk(random, Layout.random(random), null);
    byte[] old = new byte[SECTOR * random.nextInt(500)];
    random.nextBytes(old);
    byte[] expected = Arrays.copyOf(old, Math.max(old.length, layer.content.length));
    for (int sector = 0; sector < layer.sectors.size(); sector++) {
      if (layer.sectors.get(sector).kind() != Extent.Kind.HOLE) {
        int at = sector * SECTOR;
        System.arraycopy(layer.content, at, expected, at, SECTOR);
      }
    }
    List<Long> reported = new ArrayList<>();
    try (DiskImage below = raw(old)) {
      LayerCommit.run(
          layer.device,
          below,
          (done, total) -> {
            assertEquals(layer.content.length, total);
            reported.add(done);
          });
      byte[] after = new byte[Math.toIntExact(below.size())];
      below.read(0, after);
      assertArrayEquals(expected, after);
    }
    assertEquals(reported.stream().sorted().toList(), reported);
    assertEquals(layer.content.length, reported.getLast());
    assertEquals(1, reported.stream().filter(done -> done == layer.content.length).count());
  }

  @Test
  void endsWhenInterrupted() throws IOException {
    Random random = new Random(1);
    SyntheticDisk layer = new SyntheticDisk(random, Layout.random(random), null);
    try (DiskImage below = raw(new byte[0])) {
      Thread.currentThread().interrupt();
      assertThrows(
          InterruptedIOException.class,
          () -> LayerCommit.run(layer.device, below, ProgressListener.NONE));
      assertTrue(Thread.interrupted());
    }
  }

  /** Who commits empties the layer next, and must not do so before what it held is elsewhere. */
  @Test
  void whatIsBelowIsDurableWhenItReturns() throws IOException {
    Random random = new Random(1);
    SyntheticDisk layer = new SyntheticDisk(random, Layout.random(random), null);
    FaultyStorage storage = FaultyStorage.inMemory("below");
    storage.resize(layer.content.length);
    try (DiskImage below = DiskImages.open(storage, OpenOptions.writable().format("raw"))) {
      storage.failFlushAfter(0);
      assertThrows(
          IOException.class, () -> LayerCommit.run(layer.device, below, ProgressListener.NONE));
      storage.heal();
    }
  }
}
