package io.diskformat.benchmarks;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Opens and closes images, small ones and of 16 TiB. With {@code -prof gc} it also reports all that
 * is allocated, which is at least the heap that an open image takes.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 2,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xmx512m"})
@Threads(1)
@State(Scope.Benchmark)
public class OpenBenchmark {
  /** What is opened. */
  @Param({"small", "empty16t", "metadata16t"})
  public String image;

  private final MemorySegment sector = Arena.ofAuto().allocate(512);
  private Path path;

  /** Makes the image. */
  @Setup
  public void make() throws IOException {
    path =
        switch (image) {
          case "small" -> BenchmarkImages.small("1m");
          case "empty16t" -> BenchmarkImages.empty16t();
          default -> BenchmarkImages.metadata16t();
        };
  }

  /** Opens the image and closes it. */
  @Benchmark
  public long open() throws IOException {
    try (DiskImage opened = DiskImages.open(path)) {
      return opened.size();
    }
  }

  /** Opens the image, reads one sector from the middle of the disk, and closes the image. */
  @Benchmark
  public MemorySegment openAndRead() throws IOException {
    try (DiskImage opened = DiskImages.open(path)) {
      opened.read(opened.size() / 2, sector);
      return sector;
    }
  }

  /** The limit: maps the file, looks at its first bytes and unmaps it. */
  @Benchmark
  public int mapFile() throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
        Arena arena = Arena.ofShared()) {
      return file.map(MapMode.READ_ONLY, 0, file.size(), arena).get(ValueLayout.JAVA_INT, 0);
    }
  }
}
