package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A check of large tables ends soon after its listener throws, or its caller is interrupted: what
 * is done afterwards is counted, and no time is taken.
 */
final class EndedCheckTest {
  /** At which call of the listener it ends. */
  private static final int LAST = 5;

  @TempDir private Path directory;

  /** What happens at a call, and how many calls there were. */
  private static final class Counting implements ProgressListener {
    private final AtomicInteger calls = new AtomicInteger();
    private final Runnable end;

    Counting(Runnable end) {
      this.end = end;
    }

    @Override
    public void progress(long done, long total) {
      assertTrue(done <= total, done + " of " + total);
      if (calls.incrementAndGet() == LAST) {
        end.run();
      }
    }
  }

  private Path image(String format, String size, String options) {
    Path image = directory.resolve("image");
    Oracle.qemuImg("create", "-q", "-f", format, "-o", options, image, size).orFail();
    return image;
  }

  private static void check(Path image, String format, ProgressListener listener)
      throws IOException {
    try (ImageMaintenance maintenance =
        DiskImages.maintain(image, OpenOptions.readOnly().format(format))) {
      assertTrue(maintenance.check(listener).isClean());
    }
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "qcow2|64G|preallocation=metadata",
        "qcow2|1G|preallocation=metadata,cluster_size=4k",
        "vdi|1T|static=off",
        "vmdk|64G|subformat=monolithicSparse",
        "vmdk|64G|subformat=streamOptimized"
      },
      delimiter = '|')
  void byListenerAndByInterrupt(String format, String size, String options) throws IOException {
    Path image = image(format, size, options);
    Counting all = new Counting(() -> {});
    check(image, format, all);
    // No more than two threads go over so few tables.
    int most = LAST + 4;
    assertTrue(all.calls.get() > 2 * most, all.calls + " calls");
    Counting throwing =
        new Counting(() -> {
          throw new CancellationException("enough");
        });
    CancellationException e =
        assertThrows(CancellationException.class, () -> check(image, format, throwing));
    assertEquals("enough", e.getMessage());
    assertTrue(throwing.calls.get() <= most, throwing.calls + " calls");
    Thread caller = Thread.currentThread();
    Counting interrupting =
        new Counting(() -> {
          caller.interrupt();
          // Where several threads work, the caller ends them.
          while (!Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
          }
        });
    assertThrows(InterruptedIOException.class, () -> check(image, format, interrupting));
    assertTrue(Thread.interrupted());
    assertTrue(interrupting.calls.get() <= most, interrupting.calls + " calls");
    check(image, format, ProgressListener.NONE);
  }
}
