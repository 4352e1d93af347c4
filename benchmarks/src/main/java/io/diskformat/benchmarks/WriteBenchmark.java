package io.diskformat.benchmarks;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
 * Writes, beside the same writes of a plain file with its space reserved. Each iteration is one
 * batch of writes to an image, or a file, that is made for it, so that what is written to the disk
 * is bounded; each cluster is written once in a batch, so that all writes of a new image allocate.
 *
 * <p>What is reported is the time of one write as its thread sees it, however many threads there
 * are.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5)
@Measurement(iterations = 10)
@Fork(
    value = 3,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xmx512m"})
public abstract class WriteBenchmark {
  /** How many writes of each thread make a batch. */
  static final int BATCH = 1024;

  private static final int MAX_THREADS = 2;

  /** What is written. */
  @State(Scope.Benchmark)
  public static class Disk {
    /** The length of one write, in bytes. */
    @Param({"4096", "65536", "1048576"})
    public int length;

    /** Whether writes follow each other. */
    @Param({"sequential", "random"})
    public String order;

    /**
     * What is written to. {@code Again}: it was written once before, by pieces of the stride, and
     * flushed, so that the kernel has to allow writing each page anew, and to map it where those
     * pieces went by system call. {@code Dirty}: the same writes were made since, so that nothing
     * is left but the copy.
     */
    @Param({
      "fileWritten",
      "fileStored",
      "qcow2New",
      "qcow2OverRaw",
      "vmdkNew",
      "fileWrittenAgain",
      "fileStoredAgain",
      "qcow2Again",
      "fileWrittenDirty",
      "fileStoredDirty",
      "qcow2Dirty"
    })
    public String target;

    final AtomicInteger threads = new AtomicInteger();
    private Path path;
    private Path backing;
    Target disk;

    /** Returns the distance between writes in bytes: at least a cluster. */
    long stride() {
      return Math.max(length, BenchmarkImages.CLUSTER);
    }

    private long size() {
      return MAX_THREADS * BATCH * stride();
    }

    /** Makes what is written. */
    @Setup(Level.Iteration)
    public void create() throws IOException {
      Path directory = BenchmarkImages.directory();
      Files.createDirectories(directory);
      path = directory.resolve("written");
      backing = directory.resolve("written-base.raw");
      disk =
          switch (target) {
            case "qcow2New", "qcow2Again", "qcow2Dirty" ->
                Target.ofNewImage(path, "qcow2", size(), null);
            case "qcow2OverRaw" -> Target.ofNewImage(path, "qcow2", size(), base());
            case "vmdkNew" -> Target.ofNewImage(path, "vmdk", size(), null);
            case "fileStored", "fileStoredAgain", "fileStoredDirty" ->
                Target.ofReservedFile(path, size(), length);
            default -> Target.ofReservedFile(path, size(), 0);
          };
      if (target.endsWith("Again") || target.endsWith("Dirty")) {
        writeEverywhere(stride());
        disk.flush();
      }
      if (target.endsWith("Dirty")) {
        writeEverywhere(length);
      }
    }

    /** Writes a number of bytes at the start of each stride. */
    private void writeEverywhere(long bytes) throws IOException {
      MemorySegment content = Arena.ofAuto().allocate(bytes, 4096).fill((byte) 1);
      for (long at = 0; at < size(); at += stride()) {
        disk.write(at, content);
      }
    }

    private Path base() throws IOException {
      if (!Files.exists(backing) || Files.size(backing) != size()) {
        try (Target base = Target.ofReservedFile(backing, size(), 0)) {
          MemorySegment content = Arena.ofAuto().allocate(1 << 20, 4096).fill((byte) 2);
          for (long at = 0; at < size(); at += content.byteSize()) {
            base.write(at, content);
          }
        }
      }
      PageCache.load(backing, size());
      return backing;
    }

    /** Deletes what was written. */
    @TearDown(Level.Iteration)
    public void delete() throws IOException {
      disk.close();
      Files.delete(path);
    }

    /** Deletes the rest. */
    @TearDown(Level.Trial)
    public void deleteBase() throws IOException {
      Files.deleteIfExists(backing);
    }
  }

  /** A thread and what it writes. */
  @State(Scope.Thread)
  public static class Writer {
    private int number;
    private MemorySegment content;

    /** Numbers the threads. */
    @Setup(Level.Trial)
    public void start(Disk disk) {
      number = disk.threads.getAndIncrement();
      content = Arena.ofAuto().allocate(disk.length, 4096).fill((byte) 3);
    }

    /** Writes a part of the disk of its own, each cluster once. */
    void writeBatch(Disk disk) throws IOException {
      long stride = disk.stride();
      long start = stride * number * BATCH;
      // An odd factor makes each number below a power of two come once.
      int step = disk.order.equals("random") ? 0x9E3779B1 : 1;
      for (int i = 0; i < BATCH; i++) {
        disk.disk.write(start + (i * step & BATCH - 1) * stride, content);
      }
    }
  }

  /** By one thread. */
  @Threads(1)
  public static class OneThread extends WriteBenchmark {}

  /** By two threads. */
  @Threads(2)
  public static class TwoThreads extends WriteBenchmark {}

  /** Writes a batch. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void write(Disk disk, Writer writer) throws IOException {
    writer.writeBatch(disk);
  }
}
