package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an open image and a read cost. */
class CostTest {
  private static final int READS = 100_000;

  @TempDir private Path directory;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Some objects come from the JVM itself; but not one for every tenth read. */
  @Test
  void aReadOfStoredDataMakesNoObject() throws IOException {
    byte[] content = new byte[8 << 20];
    Arrays.fill(content, (byte) 7);
    Path path = new VdiFile(content, 1 << 20, new Random(1)).write(directory.resolve("image.vdi"));
    try (DiskImage image = DiskImages.open(path);
        Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(4096);
      Random random = new Random(1);
      long fewest = Long.MAX_VALUE;
      // The compiler decides when it has seen enough.
      for (int round = 0; round < 5; round++) {
        long before = allocated();
        for (int i = 0; i < READS; i++) {
          image.read(random.nextInt(content.length - 4096) & -512, target);
        }
        fewest = Math.min(fewest, allocated() - before);
      }
      System.out.println("CostTest: " + fewest + " bytes allocated by " + READS + " reads");
      assertEquals(7, target.get(ValueLayout.JAVA_BYTE, 4095));
      assertTrue(fewest < READS, fewest + " bytes allocated");
    }
  }

  /** The map alone has 8 MiB. */
  @Test
  void openingTwoTebibytesAllocatesLittle() throws IOException {
    Path path = directory.resolve("image.vdi");
    Oracle.qemuImg("create", "-q", "-f", "vdi", path, "2T").orFail();
    // Whatever is loaded once is no cost of this image.
    openAndRead(path, OpenOptions.readOnly());
    openAndRead(path, OpenOptions.writable());
    long before = allocated();
    openAndRead(path, OpenOptions.readOnly());
    long reading = allocated() - before;
    openAndRead(path, OpenOptions.writable());
    long writing = allocated() - before - reading;
    System.out.println("CostTest: " + reading + " bytes to read, " + writing + " to write 2 TiB");
    assertTrue(reading < 1 << 20, reading + " bytes allocated");
    assertTrue(writing < 4 << 20, writing + " bytes allocated");
  }

  private static void openAndRead(Path path, OpenOptions options) throws IOException {
    try (DiskImage image = DiskImages.open(path, options)) {
      byte[] bytes = new byte[4096];
      Random random = new Random(1);
      for (int i = 0; i < 10; i++) {
        image.read(random.nextLong(image.size() - bytes.length), bytes);
      }
      assertEquals(2L << 40, image.size());
    }
  }

  private long allocated() {
    return threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
  }
}
