package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.ImageLockedException;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the host reports of a file's pages, and its locks. */
final class NativeFileTest {
  private static final int MIB = 1 << 20;

  @TempDir private Path directory;

  @Test
  void tellsWhatIsInThePageCache() throws IOException {
    NativeIo io = NativeAccess.get();
    assumeTrue(io != null, "no native calls on this system");
    Path path = directory.resolve("file");
    Files.write(path, new byte[8 * MIB]);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
      try (NativeFile file = NativeFile.open(io, path, path.toString(), false)) {
        assumeTrue(file.seemsCached(0, MIB), "the file system does not report it");
        assertTrue(file.seemsCached(0, 8 * MIB));
        // What is clean is dropped from the cache.
        Oracle.of("dd").run("if=" + path, "iflag=nocache", "count=0", "status=none").orFail();
        assertFalse(file.seemsCached(0, 8 * MIB));
        int read = channel.read(ByteBuffer.allocate(MIB), 0);
        assertTrue(read > 0 && file.seemsCached(0, 4096), "what was read is there again");
        file.close();
        assertFalse(file.seemsCached(0, 4096), "closed");
      }
    }
  }

  /** Who looks first, and takes the locks then, may look when nobody has any yet. */
  @Test
  void ofWritersThatComeAtOnceOneAtMostGetsIn() throws Exception {
    NativeIo io = NativeAccess.get();
    assumeTrue(io != null, "no native calls on this system");
    Path path = Files.createFile(directory.resolve("image"));
    CyclicBarrier together = new CyclicBarrier(2);
    AtomicInteger inside = new AtomicInteger();
    Callable<Integer> writer =
        () -> {
          int most = 0;
          for (int round = 0; round < 2000; round++) {
            together.await(1, TimeUnit.MINUTES);
            try (NativeFile file = NativeFile.open(io, path, "image", true)) {
              file.lock(true);
              most = Math.max(most, inside.incrementAndGet());
              together.await(1, TimeUnit.MINUTES);
              inside.decrementAndGet();
            } catch (ImageLockedException e) {
              together.await(1, TimeUnit.MINUTES);
            }
          }
          return most;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (Future<Integer> most : threads.invokeAll(List.of(writer, writer))) {
        assertTrue(most.get() < 2, "both got in");
      }
    }
  }

  /** Two copies, there and back, would wait for each other if both files were to be closed. */
  @Test
  void whoWaitsToCopyToAFileKeepsNobodyFromClosingTheOther() throws Exception {
    NativeIo io = NativeAccess.get();
    assumeTrue(io != null, "no native calls on this system");
    Path from = Files.write(directory.resolve("from"), new byte[4096]);
    Path to = Files.createFile(directory.resolve("to"));
    try (NativeFile source = NativeFile.open(io, from, "from", false);
        NativeFile target = NativeFile.open(io, to, "to", true);
        ExecutorService threads = Executors.newFixedThreadPool(1)) {
      Future<Long> copied;
      target.use.writeLock().lock();
      try {
        copied = threads.submit(() -> source.copyTo(0, target, 0, 4096));
        while (!target.use.hasQueuedThreads()) {
          assertFalse(copied.isDone(), "it did not wait");
          Thread.yield();
        }
        assertTrue(source.use.writeLock().tryLock(), "the other cannot be closed");
        source.use.writeLock().unlock();
      } finally {
        target.use.writeLock().unlock();
      }
      // Not each file system can copy so.
      long done = copied.get();
      assertEquals(Files.size(to), done);
    }
  }
}
