package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that images take little memory: a read of stored data allocates no object, and opening the
 * largest image allocates little.
 *
 * <p>A test class supplies layouts, the largest image and the limits of what opening may allocate.
 */
public abstract class CostProof extends Proof {
  private static final int READS = 100_000;
  private static final int SIZE = 8 << 20;
  private static final byte VALUE = 7;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Creates a proof of a format. */
  protected CostProof(FormatUnderTest format) {
    super(format);
  }

  /** Returns the layouts of images whose reads are counted. */
  protected abstract List<String> layouts();

  /**
   * Creates an image of about the largest disk that the format allows, little of which is stored.
   */
  protected abstract Path createLargest() throws IOException;

  /** Returns how many bytes may be allocated to open the largest image and read a little. */
  protected abstract long mostToRead();

  /** Returns how many bytes may be allocated to open it for writing and read a little. */
  protected abstract long mostToWrite();

  /** Reads allocate less than a byte each: a few objects come from the JVM itself. */
  @ParameterizedTest
  @MethodSource("layouts")
  public final void aReadOfStoredDataMakesNoObject(String layout) throws IOException {
    format().create(file(), layout, SIZE);
    byte[] content = new byte[SIZE];
    Arrays.fill(content, VALUE);
    try (DiskImage image = DiskImages.open(file(), format().writable())) {
      image.write(0, content);
    }
    try (DiskImage image = DiskImages.open(file(), format().readOnly());
        Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(4096);
      Random random = new Random(1);
      long fewest = Long.MAX_VALUE;
      // The compiler decides when it has seen enough.
      for (int round = 0; round < 5; round++) {
        long before = allocated();
        for (int i = 0; i < READS; i++) {
          image.read(random.nextInt(SIZE - 4096) & -512, target);
        }
        fewest = Math.min(fewest, allocated() - before);
      }
      System.out.println(layout + ": " + fewest + " bytes allocated by " + READS + " reads");
      assertEquals(VALUE, target.get(ValueLayout.JAVA_BYTE, 4095));
      assertTrue(fewest < READS, fewest + " bytes allocated");
    }
  }

  /** Nothing is loaded in proportion to the size of the image. */
  @Test
  public final void openingTheLargestImageAllocatesLittle() throws IOException {
    Path path = createLargest();
    // Whatever is loaded once is no cost of this image.
    openAndRead(path, format().readOnly());
    openAndRead(path, format().writable());
    long before = allocated();
    openAndRead(path, format().readOnly());
    long reading = allocated() - before;
    openAndRead(path, format().writable());
    long writing = allocated() - before - reading;
    System.out.println(
        "the largest image: " + reading + " bytes allocated to read, " + writing + " to write");
    assertTrue(reading < mostToRead(), reading + " bytes allocated");
    assertTrue(writing < mostToWrite(), writing + " bytes allocated");
  }

  private static void openAndRead(Path path, OpenOptions options) throws IOException {
    try (DiskImage image = DiskImages.open(path, options)) {
      byte[] bytes = new byte[4096];
      Random random = new Random(1);
      for (int i = 0; i < 10; i++) {
        image.read(random.nextLong(image.size() - bytes.length), bytes);
      }
    }
  }

  private long allocated() {
    return threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
  }
}
