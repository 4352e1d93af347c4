package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ExtentCursor;
import io.diskformat.testing.CostProof;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an open image and a read cost. */
final class CostTest extends CostProof {
  private static final long TIB = 1L << 40;

  CostTest() {
    super(QCOW2);
  }

  @Override
  protected List<String> layouts() {
    return List.of("cluster_size=64k", "cluster_size=64k,extended_l2=on", "cluster_size=512");
  }

  @Override
  protected Path createLargest() throws IOException {
    Path path = directory().resolve("largest");
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-o", "cluster_size=64k", path, "16T").orFail();
    return path;
  }

  @Override
  protected long mostToRead() {
    return 1 << 20;
  }

  @Override
  protected long mostToWrite() {
    return 4 << 20;
  }

  @ParameterizedTest
  @CsvSource({
    // A file's own size has a limit: 16 TiB less a little on ext4.
    "16T,cluster_size=64k,off",
    "16T,cluster_size=2M,off",
    "15T,cluster_size=2M,metadata"
  })
  void openingALargeImageCostsLittle(String size, String options, String preallocation)
      throws IOException {
    Path path = directory().resolve("image.qcow2");
    Oracle.Result created =
        Oracle.of("qemu-img")
            .timeout(Duration.ofMinutes(3))
            .run(
                "create",
                "-q",
                "-f",
                "qcow2",
                "-o",
                options + ",preallocation=" + preallocation,
                path,
                size);
    assumeTrue(
        created.exitCode() == 0, () -> "the host's file system is too small: " + created.error());
    // Whatever is loaded once is no cost of this image.
    open(path).close();
    long before = usedHeap();
    long started = System.nanoTime();
    try (DiskImage image = open(path)) {
      long took = System.nanoTime() - started;
      long grown = usedHeap() - before;
      System.out.printf(
          "CostTest: %s, %s, preallocation=%s: opened and read in %d us, %d KiB of heap%n",
          size, options, preallocation, took / 1000, grown >> 10);
      assertTrue(grown < 10 << 20, grown + " bytes of heap");
      assertTrue(image.size() > TIB);
    }
  }

  private static DiskImage open(Path path) throws IOException {
    DiskImage image = DiskImages.open(path);
    byte[] bytes = new byte[4096];
    Random random = new Random(1);
    for (int i = 0; i < 10; i++) {
      image.read(random.nextLong(image.size() - bytes.length), bytes);
    }
    long half = image.size() / 2;
    ExtentCursor cursor = image.extents(half, Math.min(half, 1 << 30));
    while (cursor.next() != null) {}
    assertEquals(0, image.info().snapshots().size());
    return image;
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    List<Long> used = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      System.gc();
      used.add(runtime.totalMemory() - runtime.freeMemory());
    }
    return used.stream().min(Long::compare).orElseThrow();
  }

  /** A thousand images are open at once in a service. */
  @Test
  void manyOpenImagesCostLittle() throws IOException {
    Path path = new HandmadeImage().withData().write(directory().resolve("image.qcow2"));
    open(path).close();
    long before = usedHeap();
    List<DiskImage> images = new ArrayList<>();
    try {
      for (int i = 0; i < 300; i++) {
        images.add(open(path));
      }
      long each = (usedHeap() - before) / images.size();
      System.out.println("CostTest: " + each + " bytes of heap for each of 300 open images");
      assertTrue(each < 64 << 10, each + " bytes each");
    } finally {
      for (DiskImage image : images) {
        image.close();
      }
    }
  }
}
