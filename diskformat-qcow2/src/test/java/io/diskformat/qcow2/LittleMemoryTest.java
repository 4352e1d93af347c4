package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.github.luben.zstd.ZstdCompressCtx;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.testing.ChildJvm;
import io.diskformat.testing.RandomContent;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images of the largest clusters, and many threads, in a JVM that has little memory. */
final class LittleMemoryTest {
  private static final int MIB = 1 << 20;
  private static final int CLUSTER = 2 * MIB;
  private static final int THREADS = 32;
  private static final int SIZE = THREADS * CLUSTER;
  private static final int STEP = 700_000;
  private static final int LENGTH = 60_000;

  @TempDir private Path directory;
  private Path base;
  private Path image;

  @BeforeEach
  void writeBase() throws IOException {
    base = Files.write(directory.resolve("base.raw"), RandomContent.of(1, 0, SIZE));
    image = directory.resolve("image.qcow2");
  }

  private void create(String... options) throws IOException {
    CreateOptions create =
        CreateOptions.format("qcow2")
            .size(SIZE)
            .references(ReferencePolicy.sameDirectory())
            .option("cluster_size", "2M");
    for (String option : options) {
      create = create.option(option.split("=")[0], option.split("=")[1]);
    }
    DiskImages.create(image, create);
  }

  private static OpenOptions with(OpenOptions options) {
    return options.references(ReferencePolicy.sameDirectory()).format("qcow2");
  }

  /** What one of many threads does. */
  @FunctionalInterface
  private interface Work {
    void on(DiskImage disk, int thread) throws IOException;
  }

  private static void inThreads(DiskImage disk, Work work) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> results = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        results.add(
            threads.submit(() -> {
              work.on(disk, thread);
              return true;
            }));
      }
      for (Future<?> result : results) {
        var _ = result.get();
      }
    }
  }

  /** Half random, so that it is compressed to about as much. */
  private static byte[] compressible() {
    byte[] cluster = RandomContent.of(3, 0, CLUSTER);
    for (int at = 0; at < CLUSTER; at += 1000) {
      Arrays.fill(cluster, at, Math.min(at + 500, CLUSTER), (byte) 7);
    }
    return cluster;
  }

  /** What is done with little memory. */
  static final class Child {
    private static final byte[] CLUSTER_BYTES = compressible();

    public static void main(String[] arguments) throws Exception {
      Path image = Path.of(arguments[1]);
      if (arguments[0].equals("convert")) {
        convert(image);
        return;
      }
      Work work = arguments[0].equals("write") ? Child::write : Child::writeCompressed;
      try (DiskImage disk = DiskImages.open(image, with(OpenOptions.writable()))) {
        inThreads(disk, work);
        disk.flush();
        inThreads(disk, Child::read);
      }
    }

    private static void write(DiskImage disk, int thread) throws IOException {
      for (int at = 1000; at + LENGTH <= CLUSTER; at += STEP) {
        long offset = (long) thread * CLUSTER + at;
        disk.write(offset, RandomContent.of(2, offset, LENGTH));
      }
    }

    private static void writeCompressed(DiskImage disk, int thread) throws IOException {
      disk.writeCompressed((long) thread * CLUSTER, MemorySegment.ofArray(CLUSTER_BYTES));
    }

    private static void read(DiskImage disk, int thread) throws IOException {
      byte[] bytes = new byte[4096];
      for (int i = 0; i < THREADS; i++) {
        disk.read((long) ((thread + 5 * i) % THREADS) * CLUSTER + 1234, bytes);
      }
    }

    private static void convert(Path image) throws IOException {
      Path source = image.resolveSibling("source.raw");
      CreateOptions options =
          CreateOptions.format("qcow2")
              .references(ReferencePolicy.sameDirectory())
              .option("cluster_size", "2M")
              .option("backing_file", "base.raw")
              .option("backing_fmt", "raw");
      try (DiskImage disk = DiskImages.open(source, OpenOptions.readOnly().format("raw"))) {
        Conversion conversion = Conversion.from(disk).workers(16);
        conversion.to(image, options).run();
        conversion.to(image.resolveSibling("c.qcow2"), options).compress().run();
        conversion.sparse(16 << 20).to(image.resolveSibling("copy"), raw()).run();
        try (DiskImage copy = DiskImages.open(image, with(OpenOptions.readOnly()))) {
          if (!Comparison.of(disk, copy).workers(16).run().isIdentical()
              || !ContentHash.sha256().workers(16).of(disk).equals(ContentHash.sha256().of(copy))) {
            throw new IOException("the copy differs");
          }
        }
      }
    }

    private static CreateOptions raw() {
      return CreateOptions.format("raw");
    }
  }

  private void run(String work, String direct) throws Exception {
    ChildJvm.Result result =
        ChildJvm.of(LittleMemoryTest.class)
            .and(RandomContent.class)
            .and(Qcow2Format.class)
            .and(ZstdCompressCtx.class)
            .options("-Xmx64m", "-XX:MaxDirectMemorySize=" + direct)
            .run(Child.class, work, image.toString());
    assertEquals("", result.error());
    assertEquals(0, result.exitCode());
  }

  private void assertHolds(byte[] expected) throws IOException {
    byte[] found = new byte[SIZE];
    try (DiskImage disk = DiskImages.open(image, with(OpenOptions.readOnly()))) {
      disk.read(0, found);
    }
    assertEquals(-1, Arrays.mismatch(expected, found));
  }

  private static void writeInto(byte[] disk) {
    for (int thread = 0; thread < THREADS; thread++) {
      for (int at = 1000; at + LENGTH <= CLUSTER; at += STEP) {
        int offset = thread * CLUSTER + at;
        System.arraycopy(RandomContent.of(2, offset, LENGTH), 0, disk, offset, LENGTH);
      }
    }
  }

  @Test
  void clustersAreWritten() throws Exception {
    create();
    run("write", "16m");
    byte[] expected = new byte[SIZE];
    writeInto(expected);
    assertHolds(expected);
  }

  @Test
  void clustersOverABackingFileAreWritten() throws Exception {
    create("backing_file=base.raw", "backing_fmt=raw");
    run("write", "16m");
    byte[] expected = Files.readAllBytes(base);
    writeInto(expected);
    assertHolds(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zlib", "zstd"})
  void clustersAreCompressedAndRead(String type) throws Exception {
    create("compression_type=" + type);
    run("compress", "16m");
    byte[] cluster = compressible();
    byte[] expected = new byte[SIZE];
    for (int at = 0; at < SIZE; at += CLUSTER) {
      System.arraycopy(cluster, 0, expected, at, CLUSTER);
    }
    assertHolds(expected);
    run("write", "16m");
    writeInto(expected);
    assertHolds(expected);
  }

  @Test
  void aDiskIsConvertedComparedAndHashed() throws Exception {
    byte[] source = Files.readAllBytes(base);
    writeInto(source);
    Arrays.fill(source, 5 * MIB, 20 * MIB, (byte) 0);
    Files.write(directory.resolve("source.raw"), source);
    run("convert", "32m");
    assertHolds(source);
  }
}
