package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.NamedStorage;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/**
 * Two writers of compressed clusters, whose streams keep taking each other's places, and many
 * readers. How much they write ends it, and not the time.
 */
final class CompressedWritesTest {
  private static final int CLUSTER = 65536;
  private static final int CLUSTERS = 16;
  private static final int WRITERS = 2;
  private static final int READERS = 6;
  private static final int WRITES = Integer.getInteger("diskformat.compressedWrites", 400);

  /** The last version of each cluster whose writing has begun, and ended. */
  private final AtomicIntegerArray begun = new AtomicIntegerArray(CLUSTERS);

  private final AtomicIntegerArray ended = new AtomicIntegerArray(CLUSTERS);
  private final AtomicInteger writing = new AtomicInteger(WRITERS);
  private final AtomicInteger wrong = new AtomicInteger();

  /** So that a stream takes up most of a cluster, and gives its place back whole. */
  private static byte[] content(int cluster, int version) {
    byte[] content = new byte[CLUSTER];
    ByteBuffer buffer = ByteBuffer.wrap(content);
    SplittableRandom random = new SplittableRandom(cluster * 1000L + version);
    while (buffer.hasRemaining()) {
      buffer.putInt(cluster).putInt(version);
      for (int i = 0; i < 90; i++) {
        buffer.putInt(random.nextInt());
      }
      buffer.position(buffer.position() + 512 - 8 - 360);
    }
    return content;
  }

  private Void write(DiskImage disk, int writer) throws Exception {
    SplittableRandom random = new SplittableRandom(writer);
    try {
      for (int i = 0; i < WRITES; i++) {
        int cluster = random.nextInt(CLUSTERS / WRITERS) * WRITERS + writer;
        int version = ended.get(cluster) + 1;
        begun.set(cluster, version);
        disk.writeCompressed(
            (long) cluster * CLUSTER, MemorySegment.ofArray(content(cluster, version)));
        ended.set(cluster, version);
        disk.flush();
      }
    } finally {
      writing.decrementAndGet();
    }
    return null;
  }

  private Void read(DiskImage disk, int reader) throws Exception {
    SplittableRandom random = new SplittableRandom(-1 - reader);
    while (writing.get() > 0) {
      int cluster = random.nextInt(CLUSTERS);
      int from = ended.get(cluster);
      byte[] found = new byte[512];
      disk.read((long) cluster * CLUSTER + random.nextInt(CLUSTER / 512) * 512, found);
      check(cluster, ByteBuffer.wrap(found), from, begun.get(cluster));
    }
    return null;
  }

  private void check(int cluster, ByteBuffer found, int earliest, int latest) {
    int version = found.getInt(4);
    boolean right = found.getInt(0) == cluster || version == 0 && found.getInt(0) == 0;
    if (!right || version < earliest || version > latest) {
      wrong.incrementAndGet();
    }
  }

  @Test
  void noClusterReadsAsAnother() throws Exception {
    // In memory, so that flushes are many.
    MemoryStorage storage = new MemoryStorage("image.qcow2");
    DiskImages.create(
        new NamedStorage(storage, null),
        CreateOptions.format("qcow2").size((long) CLUSTERS * CLUSTER));
    try (DiskImage disk = DiskImages.open(storage, OpenOptions.writable().format("qcow2"))) {
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        tasks.add(() -> write(disk, writer));
      }
      for (int i = 0; i < READERS; i++) {
        int reader = i;
        tasks.add(() -> read(disk, reader));
      }
      try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
        for (Future<Void> end : threads.invokeAll(tasks)) {
          end.get();
        }
      }
      byte[] found = new byte[512];
      for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        disk.read((long) cluster * CLUSTER, found);
        check(cluster, ByteBuffer.wrap(found), ended.get(cluster), ended.get(cluster));
      }
      assertEquals(0, wrong.get(), "wrong reads");
      disk.flush();
      RefcountAudit audit = RefcountAudit.of(storage);
      assertEquals("", audit.corruption());
      assertEquals(0, audit.leaks());
    }
  }
}
