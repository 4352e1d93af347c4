package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefcountReaderTest {
  private static final int CLUSTER = 512;
  private static final int BLOCKS = 3;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
  void countsWhatIsNotZero(int order) throws IOException {
    Random random = new Random(order);
    int perBlock = (CLUSTER * 8) >> order;
    boolean[] used = new boolean[BLOCKS * perBlock];
    byte[] image = imageWith(order, used, random);
    try (MemoryStorage storage = MemoryStorage.of("image", image)) {
      RefcountReader reader = new RefcountReader(storage, HeaderParser.read(storage));
      long expected = 0;
      for (int clusters = 0; clusters <= used.length; clusters++) {
        assertEquals(expected, reader.countUsed(clusters, Long.MAX_VALUE), "of " + clusters);
        expected += clusters < used.length && used[clusters] ? 1 : 0;
      }
      assertEquals(5, reader.countUsed(used.length, 5));
      // The table ends, and with it what is known.
      assertEquals(expected, reader.countUsed(1L << 40, Long.MAX_VALUE));
    }
  }

  /** Words at random, of which some have no refcount that is 0. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
  void findsWordsInWhichAnyIsZero(int order) {
    Random random = new Random(order);
    RefcountBlock block = RefcountBlock.of(order, 9);
    int without = 0;
    for (int i = 0; i < 2000; i++) {
      long sparse = random.nextLong();
      long word = random.nextLong() & sparse;
      boolean dense = random.nextBoolean();
      boolean expected = false;
      for (int cluster = 0; cluster < block.perWord(); cluster++) {
        if (dense && block.get(word, cluster) == 0 && random.nextInt(100) > 0) {
          // All bits of it in turn, the highest too.
          word = block.with(word, cluster, 1L << random.nextInt(1 << order));
        }
        expected |= block.get(word, cluster) == 0;
      }
      without += expected ? 0 : 1;
      assertEquals(expected, block.hasZero(word), Long.toHexString(word));
    }
    assertTrue(without > 200, without + " words without");
  }

  /**
   * Sets some refcounts, as the specification says, each bit of an entry being the only one once.
   */
  private static byte[] imageWith(int order, boolean[] used, Random random) {
    int width = 1 << order;
    int perBlock = CLUSTER * 8 / width;
    ByteBuffer image = ByteBuffer.allocate((5 + BLOCKS) * CLUSTER);
    image.put(0, new HandmadeImage().clusterBits(9).size(4096).bytes());
    image.putInt(96, order);
    for (int block = 0; block < BLOCKS; block++) {
      // The second is missing: none of its clusters is in use.
      image.putLong(CLUSTER + 8 * block, block == 1 ? 0 : (5L + block) * CLUSTER);
      for (int i = 0; i < perBlock; i++) {
        boolean set = block != 1 && random.nextInt(3) == 0;
        used[block * perBlock + i] = set;
        if (set) {
          int bit = random.nextInt(width);
          int at = (5 + block) * CLUSTER;
          if (width < 8) {
            int inBits = i * width + bit;
            at += inBits / 8;
            image.put(at, (byte) (image.get(at) | 1 << inBits % 8));
          } else {
            at += (i + 1) * width / 8 - 1 - bit / 8;
            image.put(at, (byte) (image.get(at) | 1 << bit % 8));
          }
        }
      }
    }
    return image.array();
  }
}
