package io.diskformat.benchmarks;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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

/**
 * Reads of a warm disk, beside the same reads of a plain mapped file, which are the limit. For a
 * half allocated image the limit is {@code mappedHalf}.
 *
 * <p>What is reported is the time of one read as its thread sees it, however many threads there
 * are.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xmx512m"})
public abstract class ReadBenchmark {

  /** The disk, warm. */
  @State(Scope.Benchmark)
  public static class Disk {
    /** The size of the disk. */
    @Param("4g")
    public String size;

    /** What is read, and how. */
    @Param({"mappedFile", "qcow2Full", "mappedHalf", "qcow2Half", "vmdkFull"})
    public String image;

    long bytes;
    Reader reader;

    /** Opens the disk and reads it all. */
    @Setup
    public void open() throws IOException {
      BenchmarkImages images = new BenchmarkImages(size);
      bytes = images.size();
      Path path =
          switch (image) {
            case "qcow2Full" -> images.full();
            case "qcow2Half" -> images.half();
            case "vmdkFull" -> images.vmdkFull();
            default -> images.random();
          };
      PageCache.load(path, Files.size(path));
      reader =
          switch (image) {
            case "mappedFile" -> new MappedReader(path);
            case "mappedHalf" -> new MappedHalfReader(path, images.halfAllocated());
            case "raw" -> Reader.ofImage(path, "raw");
            case "vmdkFull" -> Reader.ofImage(path, "vmdk");
            default -> Reader.ofImage(path, "qcow2");
          };
      // This maps its pages.
      reader.readAll(bytes);
      System.out.print(PageCache.largePages(path) + " % mapped by large pages, ");
    }

    /** Closes the disk. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
      reader.close();
    }
  }

  /** By one thread. */
  @Threads(1)
  public static class OneThread extends ReadBenchmark {}

  /** By two threads. */
  @Threads(2)
  public static class TwoThreads extends ReadBenchmark {}

  /** Reads 4 KiB somewhere. */
  @Benchmark
  public void random4k(Disk disk, Positions positions) throws IOException {
    MemorySegment target = positions.target4k;
    disk.reader.read(positions.random(disk.bytes, target), target);
  }

  /** Reads 64 KiB somewhere. */
  @Benchmark
  public void random64k(Disk disk, Positions positions) throws IOException {
    MemorySegment target = positions.target64k;
    disk.reader.read(positions.random(disk.bytes, target), target);
  }

  /** Reads the next 1 MiB. */
  @Benchmark
  public void sequential1m(Disk disk, Positions positions) throws IOException {
    MemorySegment target = positions.target1m;
    disk.reader.read(positions.sequential(disk.bytes, target), target);
  }
}
