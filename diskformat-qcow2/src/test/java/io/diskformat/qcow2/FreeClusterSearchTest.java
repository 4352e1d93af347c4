package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Looking for free clusters by words of refcounts finds what looking at each refcount finds. */
final class FreeClusterSearchTest {
  /** How many clusters are looked at before and behind each end of a refcount block. */
  private static final int AROUND = 300;

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "1, 512", "2, 512", "4, 512", "8, 512", "16, 512", "32, 512", "64, 512", "1, 2M", "16, 64k",
    "64, 2M"
  })
  void findsWhatEachRefcountSays(int bits, String clusterSize) throws IOException {
    Path file = directory.resolve("image.qcow2");
    QCOW2.create(file, "cluster_size=" + clusterSize + ",refcount_bits=" + bits, 1 << 20);
    Storage image;
    try (Storage stored = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      image = PagedStorage.copyOf(stored);
    }
    Qcow2Header header = HeaderParser.read(image);
    MetadataPages pages = new MetadataPages(image, header.clusterSize());
    Refcounts refcounts = new Refcounts(image, pages, header);
    long perBlock = 1L << refcounts.blockBits();
    refcounts.addBlock(perBlock, 1000);
    Random random = new Random(Seeds.of(FreeClusterSearchTest.class, bits));
    int found = 0;
    for (int round = 0; round < 20; round++) {
      // The third block is none.
      for (long end = 0; end <= 2 * perBlock; end += perBlock) {
        fill(refcounts, end, perBlock, random);
        for (int i = 0; i < 50; i++) {
          long from = Math.max(0, end - AROUND + random.nextInt(2 * AROUND));
          long limit = from + random.nextInt(AROUND);
          long expected = eachInTurn(refcounts, from, limit);
          assertEquals(expected, refcounts.nextUnused(from, limit), () -> from + " to " + limit);
          found += expected < limit && expected > from ? 1 : 0;
        }
      }
    }
    assertTrue(found > 100, found + " were found further on");
  }

  private static void fill(Refcounts refcounts, long end, long perBlock, Random random)
      throws IOException {
    int oneIn = 1 + random.nextInt(100);
    for (long cluster = Math.max(0, end - AROUND); cluster < end + 2 * AROUND; cluster++) {
      if (cluster < 2 * perBlock) {
        boolean free = random.nextInt(oneIn) == 0;
        long count = random.nextBoolean() ? refcounts.max() : Long.highestOneBit(refcounts.max());
        refcounts.set(cluster, free ? 0 : count);
      }
    }
  }

  private static long eachInTurn(Refcounts refcounts, long from, long limit) throws IOException {
    long cluster = from;
    while (cluster < limit && refcounts.blockOf(cluster) != 0 && refcounts.get(cluster) != 0) {
      cluster++;
    }
    return cluster;
  }
}
