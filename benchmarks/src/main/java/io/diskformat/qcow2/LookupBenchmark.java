package io.diskformat.qcow2;

import io.diskformat.benchmarks.BenchmarkImages;
import io.diskformat.benchmarks.PageCache;
import io.diskformat.layer.GuestMap;
import io.diskformat.layer.Location;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Lookups alone, at random offsets, beside the same lookups written by hand. Independent lookups
 * overlap in the processor; of chained ones each needs the result of the one before, so they show
 * how long one takes. {@code offsetsAlone} is what drawing the offsets costs, and part of the
 * others.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xmx512m"})
@Threads(1)
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH sets what is a parameter, and runs open() first
public class LookupBenchmark {
  private static final int BATCH = 4096;
  private static final long TABLE_PAGE = 512L * BenchmarkImages.CLUSTER;

  /** The size of the disk, except for {@code metadata16t}. */
  @Param("4g")
  public String size;

  /** The image whose map is looked up in. */
  @Param({"full", "half", "metadata16t"})
  public String image;

  private OpenMap open;
  private GuestMap map;
  private HandWrittenLookup byHand;
  private int shift;
  private long random = 1;

  /** Opens the image and maps its tables. */
  @Setup(Level.Trial)
  public void open() throws IOException {
    BenchmarkImages images = new BenchmarkImages(size);
    Path path =
        switch (image) {
          case "full" -> images.full();
          case "half" -> images.half();
          default -> BenchmarkImages.metadata16t();
        };
    open = new OpenMap(path);
    map = open.map();
    byHand = new HandWrittenLookup(open.storage().mapped(), open.header());
    long bytes = open.header().size();
    shift = Long.numberOfLeadingZeros(bytes) + 1;
    // Of the huge image only the tables, which come first.
    PageCache.load(path, image.equals("metadata16t") ? (2L << 30) + (1 << 20) : 2 * images.size());
    for (long offset = 0; offset < bytes; offset += TABLE_PAGE) {
      verify(offset);
    }
  }

  private void verify(long offset) throws IOException {
    long location = map.locate(offset);
    long position = Location.kind(location) == Location.DATA ? Location.position(location) : 0;
    if (position != byHand.position(offset)) {
      throw new AssertionError("looked up differently: " + offset);
    }
  }

  /** Closes the image. */
  @TearDown(Level.Trial)
  public void close() throws IOException {
    open.close();
  }

  private static long next(long random) {
    return random * 6364136223846793005L + 1442695040888963407L;
  }

  /** Lookups by the library. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long library() throws IOException {
    long drawn = random;
    long sum = 0;
    for (int i = 0; i < BATCH; i++) {
      drawn = next(drawn);
      sum += map.locate(drawn >>> shift);
    }
    random = drawn;
    return sum;
  }

  /** Lookups by hand. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long byHand() {
    long drawn = random;
    long sum = 0;
    for (int i = 0; i < BATCH; i++) {
      drawn = next(drawn);
      sum += byHand.position(drawn >>> shift);
    }
    random = drawn;
    return sum;
  }

  /** Chained lookups by the library. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long libraryChained() throws IOException {
    long drawn = random;
    for (int i = 0; i < BATCH; i++) {
      drawn = next(drawn) + map.locate(drawn >>> shift);
    }
    random = drawn;
    return drawn;
  }

  /** Chained lookups by hand. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long byHandChained() {
    long drawn = random;
    for (int i = 0; i < BATCH; i++) {
      drawn = next(drawn) + byHand.position(drawn >>> shift);
    }
    random = drawn;
    return drawn;
  }

  /** Draws offsets, and looks nothing up. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long offsetsAlone() {
    long drawn = random;
    long sum = 0;
    for (int i = 0; i < BATCH; i++) {
      drawn = next(drawn);
      sum += drawn >>> shift;
    }
    random = drawn;
    return sum;
  }
}
