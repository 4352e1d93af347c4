package io.diskformat.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** One flush after a batch of writes, as {@link WriteBenchmark} makes it. */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5)
@Measurement(iterations = 10)
@Fork(
    value = 3,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xmx512m"})
@Threads(1)
public class FlushBenchmark {

  /** What was written and not flushed. */
  @State(Scope.Thread)
  public static class Written {

    /** Writes a batch. */
    @Setup(Level.Iteration)
    public void write(WriteBenchmark.Disk disk, WriteBenchmark.Writer writer) throws IOException {
      writer.writeBatch(disk);
    }
  }

  /** Makes the batch durable. */
  @Benchmark
  public void flush(WriteBenchmark.Disk disk, WriteBenchmark.Writer writer, Written written)
      throws IOException {
    disk.disk.flush();
  }
}
