package io.diskformat.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
 * Reads of a disk that is not in the page cache, beside {@code pread} and {@code cat}. Each
 * iteration drops the file from the cache first, and prints how much was then read from the device
 * below.
 *
 * <p>{@code mappedFile} is a mapping without any advice to the kernel.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 4)
@Fork(
    value = 1,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xmx512m"})
@Threads(1)
@State(Scope.Benchmark)
public abstract class ColdReadBenchmark {
  private static final int RANDOM_READS = 1000;

  private Path path;
  private long bytes;
  private long bytesFromDisk;
  private Reader reader;

  /** Returns the size of the disk. */
  abstract String size();

  /** Returns the name of the reader. */
  abstract String by();

  /** Drops the file from the page cache, and opens the disk. */
  @Setup(Level.Iteration)
  public void open() throws IOException {
    BenchmarkImages images = new BenchmarkImages(size());
    bytes = images.size();
    path = by().equals("qcow2") ? images.full() : images.random();
    if (!PageCache.drop(path)) {
      throw new IOException("cannot drop " + path + " from the page cache: no GNU dd?");
    }
    bytesFromDisk = PageCache.bytesFromDisk();
    reader =
        switch (by()) {
          case "mappedFile" -> new MappedReader(path);
          case "raw", "qcow2" -> Reader.ofImage(path, by());
          default -> new ChannelReader(path);
        };
  }

  /** Closes the disk. */
  @TearDown(Level.Iteration)
  public void close() throws IOException {
    reader.close();
    long read = PageCache.bytesFromDisk() - bytesFromDisk;
    System.out.print((read >> 10) + " KiB from disk, ");
  }

  /** Drops scattered pages, which would change what is measured next. */
  @TearDown(Level.Trial)
  public void forget() throws IOException {
    PageCache.drop(path);
  }

  /** Reads of 4 KiB at random offsets. */
  public static class Random4k extends ColdReadBenchmark {
    /** The size of the disk. */
    @Param("4g")
    public String size;

    /** How the disk is read. */
    @Param({"pread", "mappedFile", "raw", "qcow2"})
    public String by;

    @Override
    String size() {
      return size;
    }

    @Override
    String by() {
      return by;
    }

    /** Time per read. */
    @Benchmark
    @OperationsPerInvocation(RANDOM_READS)
    public void read(Positions positions) throws IOException {
      for (int i = 0; i < RANDOM_READS; i++) {
        readRandomly(positions);
      }
    }
  }

  void readRandomly(Positions positions) throws IOException {
    reader.read(positions.random(bytes, positions.target4k), positions.target4k);
  }

  /** Reads of 1 MiB, one after the other. */
  public static class Sequential1m extends ColdReadBenchmark {
    /** The size of the disk. */
    @Param("1g")
    public String size;

    /** How the disk is read. */
    @Param({"pread", "cat", "raw", "qcow2"})
    public String by;

    @Override
    String size() {
      return size;
    }

    @Override
    String by() {
      return by;
    }

    /** Time for the whole disk. */
    @Benchmark
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    public void read() throws IOException {
      if (by.equals("cat")) {
        cat();
      } else {
        readAll();
      }
    }
  }

  void cat() throws IOException {
    if (!Commands.run(List.of("cat", path.toString()))) {
      throw new IOException("no cat");
    }
  }

  void readAll() throws IOException {
    reader.readAll(bytes);
  }
}
