package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.LimitExceededException;
import io.diskformat.Limits;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import io.diskformat.transfer.Manifest;
import io.diskformat.transfer.Verification;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A stream that does not go on holds nobody up who ends what reads or writes it, whatever ends it.
 * Who waits for the stream is left to himself, and does nothing any more when it goes on.
 */
@Timeout(120)
final class EndedStreamsTest {
  private static final int MIB = 1 << 20;
  private static final int DISK = 12 * MIB;
  private static final int WORKERS = 3;

  /** How many bytes of a stream come or go before it stands still. */
  private static final int MOVED = 3 * MIB;

  @TempDir private Path directory;
  private byte[] content = {};
  private final Map<String, byte[]> images = new LinkedHashMap<>();

  @BeforeEach
  void makeImages() throws IOException {
    content = new byte[DISK];
    new Random(5).nextBytes(content);
    Path raw = Files.write(directory.resolve("disk.raw"), content);
    images.put("raw", content);
    for (String format : List.of("qcow2", "vdi", "vmdk")) {
      Path image = directory.resolve("x");
      Oracle.qemuImg("convert", "-f", "raw", "-O", format, raw, image).orFail();
      images.put(format, Files.readAllBytes(image));
      Files.delete(image);
    }
    Files.delete(raw);
  }

  /** A channel that stands still, deaf to interrupts, until it is let go. */
  private static final class Stalled implements ReadableByteChannel, WritableByteChannel {
    private final ByteBuffer source;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch letGo = new CountDownLatch(1);
    private final AtomicInteger calls = new AtomicInteger();
    private int moved;

    Stalled(byte[] source) {
      this.source = ByteBuffer.wrap(source);
    }

    private void stall() {
      calls.incrementAndGet();
      if (moved < MOVED) {
        return;
      }
      reached.countDown();
      boolean interrupted = false;
      while (true) {
        try {
          letGo.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public int read(ByteBuffer target) {
      stall();
      int count = Math.min(target.remaining(), source.remaining());
      target.put(source.slice(source.position(), count));
      source.position(source.position() + count);
      moved += count;
      return count == 0 ? -1 : count;
    }

    @Override
    public int write(ByteBuffer bytes) {
      stall();
      int count = bytes.remaining();
      bytes.position(bytes.limit());
      moved += count;
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  /** What reads a stream, or writes one. */
  @FunctionalInterface
  private interface Engine {
    void run(Stalled channel, Limits limits, ProgressListener listener) throws IOException;
  }

  private Map<String, Engine> engines() throws IOException {
    Map<String, Engine> engines = new LinkedHashMap<>();
    for (String format : images.keySet()) {
      for (String target : List.of("raw", "qcow2")) {
        engines.put(
            format + " to " + target,
            (channel, limits, listener) -> {
              try (ImageInput input =
                  DiskImages.input(channel, "stream", OpenOptions.readOnly().format(format))) {
                Conversion.from(input)
                    .workers(WORKERS)
                    .limits(limits)
                    .progress(listener)
                    .to(directory.resolve("new"), CreateOptions.format(target))
                    .run();
              }
            });
      }
      engines.put(
          "to " + format,
          (channel, limits, listener) -> {
            try (DiskImage disk = disk()) {
              Conversion.from(disk)
                  .workers(WORKERS)
                  .limits(limits)
                  .progress(listener)
                  .to(
                      (WritableByteChannel) channel,
                      format.equals("vmdk")
                          ? CreateOptions.format(format).option("subformat", "streamOptimized")
                          : CreateOptions.format(format))
                  .run();
            }
          });
    }
    engines.put(
        "hashed",
        (channel, limits, listener) -> {
          try (ImageInput input =
              DiskImages.input(channel, "stream", OpenOptions.readOnly().format("raw"))) {
            var _ =
                Conversion.from(input)
                    .workers(WORKERS)
                    .limits(limits)
                    .progress(listener)
                    .to(directory.resolve("new"), CreateOptions.format("raw"))
                    .runAndHash(ContentHash.sha256());
          }
        });
    Path path = Files.createFile(directory.resolve("manifest"));
    try (DiskImage disk = disk();
        WritableByteChannel to =
            Files.newByteChannel(path, java.nio.file.StandardOpenOption.WRITE)) {
      var _ = ContentHash.sha256().of(disk, to);
    }
    Manifest manifest = Manifest.open(path);
    engines.put(
        "verified",
        (channel, limits, listener) -> {
          var _ =
              Verification.by(manifest)
                  .workers(WORKERS)
                  .limits(limits)
                  .progress(listener)
                  .run((ReadableByteChannel) channel, "stream");
        });
    engines.put(
        "image verified",
        (channel, limits, listener) -> {
          try (ImageInput input =
              DiskImages.input(channel, "stream", OpenOptions.readOnly().format("vdi"))) {
            var _ =
                Verification.by(manifest)
                    .workers(WORKERS)
                    .limits(limits)
                    .progress(listener)
                    .run(input);
          }
        });
    return engines;
  }

  private DiskImage disk() throws IOException {
    return DiskImages.open(MemoryStorage.of("disk", content), OpenOptions.readOnly().format("raw"));
  }

  private Stalled stalled(String engine) {
    String format = engine.contains(" to ") ? engine.substring(0, engine.indexOf(' ')) : "raw";
    return new Stalled(images.get(engine.startsWith("image") ? "vdi" : format));
  }

  /** Lets the stream go on, and waits until nobody is left. */
  private void assertNothingMoreHappens(String engine, Stalled channel) throws Exception {
    try (var files = Files.list(directory)) {
      assertEquals(List.of(directory.resolve("manifest")), files.toList(), engine);
    }
    int before = channel.calls.get();
    channel.letGo.countDown();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("diskformat-")) {
        thread.join();
      }
    }
    boolean writes = engine.startsWith("to ");
    assertTrue(!writes || channel.calls.get() == before, engine + " wrote on");
    try (var files = Files.list(directory)) {
      assertEquals(List.of(directory.resolve("manifest")), files.toList(), engine);
    }
  }

  @Test
  void byAnInterrupt() throws Exception {
    for (Map.Entry<String, Engine> engine : engines().entrySet()) {
      Stalled channel = stalled(engine.getKey());
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread caller =
          new Thread(() -> {
            try {
              engine.getValue().run(channel, Limits.none(), ProgressListener.NONE);
            } catch (Throwable e) {
              thrown.set(e);
            }
          });
      caller.start();
      channel.reached.await();
      caller.interrupt();
      caller.join();
      assertInstanceOf(InterruptedIOException.class, thrown.get(), engine.getKey());
      assertEquals(0, thrown.get().getSuppressed().length, engine.getKey());
      assertNothingMoreHappens(engine.getKey(), channel);
    }
  }

  @Test
  void byADeadline() throws Exception {
    for (Map.Entry<String, Engine> engine : engines().entrySet()) {
      Stalled channel = stalled(engine.getKey());
      Limits limits =
          Limits.none()
              .deadline(
                  Instant.EPOCH.plusSeconds(1),
                  () ->
                      channel.reached.getCount() == 0
                          ? Instant.EPOCH.plusSeconds(2)
                          : Instant.EPOCH);
      assertThrows(
          LimitExceededException.class,
          () -> engine.getValue().run(channel, limits, ProgressListener.NONE),
          engine.getKey());
      assertNothingMoreHappens(engine.getKey(), channel);
    }
  }

  /** A worker that has something to report comes to the listener while another waits. */
  @Test
  void byAListener() throws Exception {
    for (Map.Entry<String, Engine> engine : engines().entrySet()) {
      if (engine.getKey().startsWith("to ")) {
        // The others wait for their turn to write.
        continue;
      }
      Stalled channel = stalled(engine.getKey());
      ProgressListener listener =
          (done, total) -> {
            try {
              channel.reached.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            throw new CancellationException();
          };
      assertThrows(
          CancellationException.class,
          () -> engine.getValue().run(channel, Limits.none(), listener),
          engine.getKey());
      assertNothingMoreHappens(engine.getKey(), channel);
    }
  }

  /** What stood still for a while is complete all the same. */
  @Test
  void oneThatGoesOnIsComplete() throws Exception {
    Stalled channel = new Stalled(images.get("qcow2"));
    Thread other =
        new Thread(() -> {
          try {
            channel.reached.await();
            channel.letGo.countDown();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    other.start();
    engines().get("qcow2 to raw").run(channel, Limits.none(), ProgressListener.NONE);
    other.join();
    assertArrayEquals(content, Files.readAllBytes(directory.resolve("new")));
    assertFalse(Thread.currentThread().isInterrupted());
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    try (BlockDevice disk = disk()) {
      Conversion.from(disk).to(Channels.newChannel(written), CreateOptions.format("raw")).run();
    }
    assertArrayEquals(content, written.toByteArray());
  }
}
