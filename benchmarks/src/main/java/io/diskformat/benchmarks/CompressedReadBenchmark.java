package io.diskformat.benchmarks;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** Reads of 4 KiB from warm compressed images, whose clusters have to be decompressed whole. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 2,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xmx512m"})
@Threads(1)
public class CompressedReadBenchmark {
  /** In bytes: few enough clusters for a small cache to hold them. */
  private static final long REREAD = 16 * BenchmarkImages.CLUSTER;

  /** The disk, warm. */
  @State(Scope.Benchmark)
  public static class Disk {
    /** The size of the disk: many times what an image may cache. */
    @Param("256m")
    public String size;

    /** What is read, and how. */
    @Param({"mappedFile", "zlib", "zstd"})
    public String image;

    long bytes;
    Reader reader;

    /** Opens the disk. */
    @Setup
    public void open() throws IOException {
      BenchmarkImages images = new BenchmarkImages(size);
      bytes = images.size();
      boolean plain = image.equals("mappedFile");
      Path path = plain ? images.programs() : images.compressed(image);
      PageCache.load(path, Files.size(path));
      reader = plain ? new MappedReader(path) : Reader.ofImage(path, "qcow2");
    }

    /** Closes the disk. */
    @TearDown
    public void close() throws IOException {
      reader.close();
    }
  }

  /** Reads the next 4 KiB: each cluster sixteen times in a row. */
  @Benchmark
  public void sequential4k(Disk disk, Positions positions) throws IOException {
    MemorySegment target = positions.target4k;
    disk.reader.read(positions.sequential(disk.bytes, target), target);
  }

  /** Reads 4 KiB somewhere: hardly ever from a cluster that was read lately. */
  @Benchmark
  public void random4k(Disk disk, Positions positions) throws IOException {
    MemorySegment target = positions.target4k;
    disk.reader.read(positions.random(disk.bytes, target), target);
  }

  /** Reads 4 KiB from one of a few clusters, again and again. */
  @Benchmark
  public void reread4k(Disk disk, Positions positions) throws IOException {
    MemorySegment target = positions.target4k;
    disk.reader.read(positions.random(REREAD, target), target);
  }
}
