package io.diskformat.imageservice.file;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.function.Executable;

/** A file that hangs when it is opened for writing, as those of a disk that is away. */
final class HangingFile {
  private static final Set<Thread.State> PARKED =
      Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

  private HangingFile() {}

  /**
   * Makes a change by a virtual thread, which must not keep the carrier of others: there may be one
   * alone.
   *
   * @param file what it writes first
   * @param others what goes on meanwhile
   */
  static void at(Path file, Callable<?> change, Executable others) throws Exception {
    Oracle.Result _ = Oracle.of("mkfifo").run(file).orFail();
    AtomicReference<Thread> thread = new AtomicReference<>(Thread.currentThread());
    try (ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> changing =
          requests.submit(() -> {
            thread.set(Thread.currentThread());
            return change.call();
          });
      try {
        // One that is in a call of the file system is running, whatever the call does.
        while (!thread.get().isVirtual() || !PARKED.contains(thread.get().getState())) {
          Thread.sleep(1);
        }
        Future<?> meanwhile =
            requests.submit(() -> {
              try {
                others.execute();
              } catch (Throwable e) {
                throw new AssertionError(e);
              }
              return true;
            });
        var _ = meanwhile.get();
        assertFalse(changing.isDone());
      } finally {
        // Whatever came of that, the change ends now.
        FileChannel.open(file, StandardOpenOption.READ).close();
      }
      // It is no file of which something can be made durable, or whose reader is there still.
      ExecutionException e = assertThrows(ExecutionException.class, changing::get);
      assertInstanceOf(IOException.class, e.getCause());
    }
  }
}
