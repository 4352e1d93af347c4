package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ReferencePolicy;
import io.diskformat.testing.ChildJvm;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images with blocks of 64 MiB are written in a JVM that has room for less than one of them. */
final class LittleMemoryTest {
  private static final int MIB = 1 << 20;
  private static final int BLOCK = 64 * MIB;
  private static final int THREADS = 4;
  private static final int LENGTH = 100_000;

  @TempDir private Path directory;

  /** Creates a disk of which the parent has some of every 8 MiB. */
  private static void create(Path parent, Path child) throws IOException {
    long size = (long) THREADS * BLOCK;
    DiskImages.create(parent, CreateOptions.format("vdi").size(size));
    try (DiskImage disk = DiskImages.open(parent, OpenOptions.writable().format("vdi"))) {
      for (long at = 0; at < size; at += 8 * MIB) {
        disk.write(at, RandomContent.of(1, at, LENGTH));
      }
    }
    DiskImages.create(
        child,
        CreateOptions.format("vdi")
            .size(size)
            .option("block_size", "64M")
            .option("backing_file", parent.toString())
            .references(ReferencePolicy.sameDirectory()));
  }

  private static DiskImage open(Path parent, Path child, OpenOptions options) throws IOException {
    return DiskImages.open(
        child,
        options
            .format("vdi")
            .references(ReferencePolicy.sameDirectory())
            .parents(ParentResolver.of(parent)));
  }

  /** The writer that has little memory. */
  static final class Child {
    public static void main(String[] paths) throws Exception {
      Path parent = Path.of(paths[0]);
      Path child = Path.of(paths[1]);
      try (DiskImage disk = open(parent, child, OpenOptions.writable());
          ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
        List<Future<?>> writes = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          long at = (long) i * BLOCK + 3 * MIB + 1000;
          writes.add(
              threads.submit(() -> {
                disk.write(at, RandomContent.of(2, at, LENGTH));
                return true;
              }));
        }
        for (Future<?> write : writes) {
          var _ = write.get();
        }
        disk.flush();
      }
    }
  }

  @Test
  void blocksOverAParentAreWrittenByManyThreads() throws Exception {
    Path parent = directory.resolve("parent.vdi");
    Path child = directory.resolve("child.vdi");
    create(parent, child);
    ChildJvm.Result result =
        ChildJvm.of(LittleMemoryTest.class)
            .and(RandomContent.class)
            .and(VdiFormat.class)
            .options("-Xmx32m")
            .run(Child.class, parent.toString(), child.toString());
    assertEquals("", result.error());
    assertEquals(0, result.exitCode());
    try (DiskImage disk = open(parent, child, OpenOptions.readOnly())) {
      byte[] found = new byte[MIB];
      for (long at = 0; at < disk.size(); at += MIB) {
        disk.read(at, found);
        assertEquals(-1, Arrays.mismatch(found, expected(at)), "in the MiB from " + at);
      }
    }
  }

  private static byte[] expected(long offset) {
    byte[] expected = new byte[MIB];
    if (offset % (8 * MIB) == 0) {
      System.arraycopy(RandomContent.of(1, offset, LENGTH), 0, expected, 0, LENGTH);
    } else if (offset % BLOCK == 3 * MIB) {
      System.arraycopy(RandomContent.of(2, offset + 1000, LENGTH), 0, expected, 1000, LENGTH);
    }
    return expected;
  }
}
