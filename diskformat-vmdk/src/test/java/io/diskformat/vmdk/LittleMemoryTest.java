package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.ChildJvm;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images with grains of 64 MiB are written in a JVM that has room for less than one of them. */
final class LittleMemoryTest {
  private static final int MIB = 1 << 20;
  private static final int GRAIN = 64 * MIB;
  private static final int THREADS = 3;
  private static final int LENGTH = 100_000;

  @TempDir private Path directory;

  /** The writer that has little memory. */
  static final class Child {
    public static void main(String[] paths) throws Exception {
      try (DiskImage disk = DiskImages.open(Path.of(paths[0]), WriteTest.WRITABLE);
          ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
        List<Future<?>> writes = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          long at = (long) i * GRAIN + 3 * MIB + 1000;
          writes.add(
              threads.submit(() -> {
                disk.write(at, RandomContent.of(2, at, LENGTH));
                return true;
              }));
        }
        for (Future<?> write : writes) {
          var _ = write.get();
        }
        disk.flush();
      }
    }
  }

  private Path child() throws IOException {
    long sectors = (long) THREADS * GRAIN / 512;
    var _ = new DescriptorFile("RW " + sectors + " ZERO").write(directory.resolve("below.vmdk"));
    Bytes file =
        new SparseFile(VmdkUnderTest.empty("131072", MIB))
            .described(
                new DescriptorFile("RW " + sectors + " SPARSE \"x\"")
                    .type("monolithicSparse")
                    .over("below.vmdk", "12345678"))
            .build();
    return file.int64(12, sectors).write(directory.resolve("x.vmdk"));
  }

  @Test
  void grainsOverAParentAreWrittenByManyThreads() throws Exception {
    Path child = child();
    ChildJvm.Result result =
        ChildJvm.of(LittleMemoryTest.class)
            .and(RandomContent.class)
            .and(VmdkFormat.class)
            .options("-Xmx32m")
            .run(Child.class, child.toString());
    assertEquals("", result.error());
    assertEquals(0, result.exitCode());
    try (DiskImage disk = DiskImages.open(child, Images.READ_ONLY)) {
      byte[] found = new byte[MIB];
      for (long at = 0; at < disk.size(); at += MIB) {
        byte[] expected = new byte[MIB];
        if (at % GRAIN == 3 * MIB) {
          System.arraycopy(RandomContent.of(2, at + 1000, LENGTH), 0, expected, 1000, LENGTH);
        }
        disk.read(at, found);
        assertEquals(-1, Arrays.mismatch(found, expected), "in the MiB from " + at);
      }
    }
  }
}
