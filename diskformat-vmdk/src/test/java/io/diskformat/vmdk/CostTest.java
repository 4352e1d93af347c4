package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.Oracle;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an open image and a read cost. */
final class CostTest {
  private static final int READS = 100_000;
  private static final int SECTORS = 16384;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir private Path directory;

  private long allocated() {
    return threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
  }

  @ParameterizedTest
  @CsvSource({"SPARSE", "VMFSSPARSE", "SESPARSE"})
  void aReadOfStoredDataMakesNoObject(String type) throws IOException {
    Disk disk = Disk.mixed(1, SECTORS, 8, Grain.STORED);
    Bytes bytes =
        switch (type) {
          case "SPARSE" -> new SparseFile(disk).build();
          case "VMFSSPARSE" -> EsxFiles.cowd(disk);
          default -> EsxFiles.seSparse(disk, false);
        };
    var _ = bytes.write(directory.resolve("s"));
    Path file =
        new DescriptorFile("RW 7 ZERO", "RW " + SECTORS + " " + type + " \"s\"")
            .write(directory.resolve("x.vmdk"));
    try (DiskImage image = DiskImages.open(file, Images.READ_ONLY);
        Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(4096);
      Random random = new Random(1);
      long fewest = Long.MAX_VALUE;
      int offset = 0;
      for (int round = 0; round < 5; round++) {
        long before = allocated();
        for (int i = 0; i < READS; i++) {
          offset = random.nextInt(SECTORS * 512 - 4096) & -512;
          image.read(7 * 512 + offset, target);
        }
        fewest = Math.min(fewest, allocated() - before);
      }
      assertEquals(disk.content[offset + 4095], target.get(ValueLayout.JAVA_BYTE, 4095));
      assertTrue(fewest < READS, fewest + " bytes allocated by " + READS + " reads");
    }
  }

  @Test
  void openingTheLargestImageAllocatesLittle() throws IOException {
    Path path = directory.resolve("largest.vmdk");
    Oracle.qemuImg("create", "-q", "-f", "vmdk", path, "2T").orFail();
    openAndRead(path);
    long before = allocated();
    openAndRead(path);
    long bytes = allocated() - before;
    assertTrue(bytes < 4 << 20, bytes + " bytes allocated");
  }

  private static void openAndRead(Path path) throws IOException {
    try (DiskImage image = DiskImages.open(path, Images.READ_ONLY)) {
      byte[] bytes = new byte[4096];
      Random random = new Random(1);
      for (int i = 0; i < 10; i++) {
        image.read(random.nextLong(image.size() - bytes.length), bytes);
      }
    }
  }
}
