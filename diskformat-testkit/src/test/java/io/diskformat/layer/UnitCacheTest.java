package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.layer.SyntheticDisk.Layout;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is decompressed, and kept for the next reads. */
final class UnitCacheTest {
  private static final int UNIT = 65536;
  private static final Storage NOTHING = MemoryStorage.of("data", new byte[1]);

  private static SyntheticDisk compressed(int unit, int unitsPerCompressed, int sectors)
      throws IOException {
    // All compressed: of the layouts by chance, one that is.
    for (int seed = 0; ; seed++) {
      SyntheticDisk disk =
          new SyntheticDisk(
              new Random(seed), new Layout(unit, unitsPerCompressed, sectors, true, false), null);
      if (disk.sectors.getFirst().compressed()) {
        return disk;
      }
    }
  }

  @Test
  void aUnitIsDecompressedOnceForManyReads() throws IOException {
    SyntheticDisk disk = compressed(4096, 4, 32);
    byte[] target = new byte[100];
    for (int at = 0; at < 16_000; at += 100) {
      disk.device.read(at, target);
      assertArrayEquals(Arrays.copyOfRange(disk.content, at, at + 100), target);
    }
    assertEquals(1, disk.decompressions.get());
  }

  @Test
  void unitsThatDoNotFitTheCacheGiveWay() throws Exception {
    int unit = 1 << 18;
    int units = 64;
    AtomicInteger decompressions = new AtomicInteger();
    GuestMap map =
        new GuestMap(unit, unit) {
          @Override
          public long locate(long offset) {
            return Location.compressed(offset / unit);
          }

          @Override
          public void decompress(long location, byte[] target) {
            decompressions.incrementAndGet();
            byte[] content = RandomContent.of(2, Location.descriptor(location) * unit, unit);
            System.arraycopy(content, 0, target, 0, unit);
          }
        };
    LayeredDevice disk = new LayeredDevice("disk", (long) units * unit, map, NOTHING, null);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> readers =
          IntStream.range(0, 4)
              .<Future<?>>mapToObj(number ->
                  threads.submit(() -> {
                    Random random = new Random(number);
                    byte[] target = new byte[5000];
                    for (int i = 0; i < 1000; i++) {
                      long at = random.nextLong(disk.size() - target.length);
                      disk.read(at, target);
                      assertArrayEquals(RandomContent.of(2, at, target.length), target);
                    }
                    return null;
                  }))
              .toList();
      for (Future<?> reader : readers) {
        reader.get();
      }
    }
    // Twice as many units as fit: so neither is each kept, nor none.
    int made = decompressions.get();
    assertTrue(made > units && made < 3500, () -> made + " decompressions");
  }

  @Test
  void aFailureToDecompressIsNotKept() throws IOException {
    boolean[] fails = {true};
    GuestMap map =
        new GuestMap(UNIT, UNIT) {
          @Override
          public long locate(long offset) {
            return Location.compressed(7);
          }

          @Override
          public void decompress(long location, byte[] target) throws IOException {
            Arrays.fill(target, (byte) 9);
            if (fails[0]) {
              throw new CorruptImageException("image", "compressed cluster", 7, "is broken");
            }
          }
        };
    LayeredDevice disk = new LayeredDevice("disk", UNIT, map, NOTHING, null);
    byte[] target = new byte[10];
    assertThrows(CorruptImageException.class, () -> disk.read(0, target));
    fails[0] = false;
    disk.read(0, target);
    assertEquals(9, target[5]);
  }

  /** Memory bounds how many units are decompressed at once. */
  @Test
  void failuresToDecompressUseUpNothing() throws IOException {
    boolean[] fails = {true};
    GuestMap map =
        new GuestMap(UNIT, UNIT) {
          @Override
          public long locate(long offset) {
            return Location.compressed(7);
          }

          @Override
          public void decompress(long location, byte[] target) throws IOException {
            if (fails[0]) {
              throw new CorruptImageException("image", "compressed cluster", 7, "is broken");
            }
            Arrays.fill(target, (byte) 9);
          }
        };
    LayeredDevice disk = new LayeredDevice("disk", UNIT, map, NOTHING, null);
    byte[] target = new byte[10];
    assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () -> {
          for (int i = 0; i < 200; i++) {
            assertThrows(CorruptImageException.class, () -> disk.read(0, target));
          }
          fails[0] = false;
          disk.read(0, target);
        });
    assertEquals(9, target[5]);
  }

  /** How long a stream is may be in the highest bits of its descriptor. */
  @Test
  void unitsAreToldApartByAllOfTheirDescriptors() throws IOException {
    for (int bit = 0; bit < 63; bit++) {
      long other = 1L << bit;
      GuestMap map =
          new GuestMap(UNIT, UNIT) {
            @Override
            public long locate(long offset) {
              return Location.compressed(offset < UNIT ? 0 : other);
            }

            @Override
            public void decompress(long location, byte[] target) {
              Arrays.fill(target, (byte) (Location.descriptor(location) == 0 ? 1 : 2));
            }
          };
      LayeredDevice disk = new LayeredDevice("disk", 2 * UNIT, map, NOTHING, null);
      byte[] found = new byte[2];
      disk.read(UNIT - 1, found);
      assertArrayEquals(new byte[] {1, 2}, found, "bit " + bit);
    }
  }

  @Test
  void cacheKeepsTheLatest() {
    UnitCache cache = new UnitCache(1 << 21);
    for (int i = 0; i < 10; i++) {
      cache.put(i, 0, new byte[] {(byte) i});
    }
    int kept = 0;
    for (int i = 0; i < 10; i++) {
      byte[] unit = cache.get(i, 0);
      if (unit != null) {
        assertEquals(i, unit[0]);
        kept++;
      }
    }
    // One set of four.
    assertEquals(4, kept);
    assertEquals(9, cache.get(9, 0)[0]);
    cache.get(6, 0);
    cache.put(20, 0, new byte[] {20});
    assertEquals(6, cache.get(6, 0)[0]);
    assertEquals(null, cache.get(99, 0));
    // What was decompressed at another epoch may be something else by now.
    assertEquals(null, cache.get(6, 1));
  }
}
