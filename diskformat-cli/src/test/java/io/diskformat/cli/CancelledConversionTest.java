package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.LimitExceededException;
import io.diskformat.Limits;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.device.JoinedDevice;
import io.diskformat.device.PlainBytes;
import io.diskformat.storage.ForwardingStorage;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A conversion that is cancelled harms neither image, and ends with what each worker has. */
final class CancelledConversionTest {
  private static final int MIB = 1 << 20;
  private static final int DISK = 8 * MIB;

  /** Into which a conversion divides the disk, and how often its listener is called. */
  private static final int WINDOWS = 4;

  private static final OpenOptions RAW = OpenOptions.readOnly().format("raw");

  private final long seed = Seeds.of(CancelledConversionTest.class, 1);
  private final Random random = new Random(seed);
  @TempDir private Path directory;

  private byte[] content() {
    byte[] bytes = new byte[DISK];
    for (int at = 0; at < DISK; at += MIB / 2) {
      if (random.nextInt(3) > 0) {
        bytes[at + random.nextInt(MIB / 2)] = 1;
      }
    }
    return bytes;
  }

  private static DiskImage raw(byte[] bytes) throws IOException {
    return DiskImages.open(MemoryStorage.of("source", bytes), RAW);
  }

  /** Cancelled by the listener, and by an interrupt, at any moment of its progress. */
  @Test
  void aThousandTimes() throws IOException {
    byte[] bytes = content();
    byte[] before = bytes.clone();
    for (int i = 0; i < 1000; i++) {
      String what = "run " + i + ": " + Seeds.toRepeat(seed);
      String format = List.of("qcow2", "vdi", "vmdk").get(random.nextInt(3));
      MemoryStorage storage = MemoryStorage.of("target", new byte[0]);
      DiskImages.create(storage, CreateOptions.format(format).size(DISK));
      boolean interrupt = random.nextBoolean();
      AtomicInteger left = new AtomicInteger(random.nextInt(WINDOWS));
      Thread caller = Thread.currentThread();
      try (DiskImage source = raw(bytes)) {
        DiskImage target =
            DiskImages.open(keptOpen(storage), OpenOptions.writable().format(format));
        Conversion conversion =
            Conversion.from(source)
                .workers(1 + random.nextInt(3))
                .progress((done, total) -> {
                  if (left.getAndDecrement() <= 0) {
                    if (!interrupt) {
                      throw new CancellationException();
                    }
                    caller.interrupt();
                  }
                })
                .into(target);
        cancel(conversion, interrupt, what);
        target.close();
      }
      check(storage, format, bytes, MIB / 2, what);
    }
    assertArrayEquals(before, bytes, "the source");
  }

  private static void cancel(Conversion conversion, boolean interrupt, String what)
      throws IOException {
    try {
      conversion.run();
      assertTrue(interrupt, what);
      // The interrupt came when all was done.
      boolean _ = Thread.interrupted();
    } catch (CancellationException e) {
      assertTrue(!interrupt, what);
    } catch (InterruptedIOException e) {
      assertTrue(interrupt && Thread.interrupted(), what);
    }
  }

  private static Storage keptOpen(MemoryStorage storage) {
    return new ForwardingStorage(storage) {
      @Override
      protected void release() {}
    };
  }

  private static byte[] all(DiskImage image) throws IOException {
    byte[] bytes = new byte[(int) image.size()];
    image.read(0, bytes);
    return bytes;
  }

  /** What the target has is the source's, or still zero, and its check finds nothing. */
  private static void check(
      MemoryStorage storage, String format, byte[] bytes, int piece, String what)
      throws IOException {
    OpenOptions options = OpenOptions.readOnly().format(format);
    try (DiskImage target = DiskImages.open(keptOpen(storage), options)) {
      byte[] found = all(target);
      byte[] zeroes = new byte[piece];
      for (int at = 0; at < DISK; at += zeroes.length) {
        int end = at + zeroes.length;
        assertTrue(
            Arrays.equals(found, at, end, bytes, at, end)
                || Arrays.equals(found, at, end, zeroes, 0, zeroes.length),
            what + " at " + at);
      }
    }
    try (ImageMaintenance maintenance = DiskImages.maintain(keptOpen(storage), options)) {
      assertTrue(maintenance.check().problems().isEmpty(), what);
    }
  }

  @Test
  void nothingIsLeftOfANewImage() throws IOException {
    byte[] bytes = content();
    try (DiskImage source = raw(bytes)) {
      for (int i = 0; i < 30; i++) {
        String format = List.of("raw", "qcow2", "vdi", "vmdk").get(random.nextInt(4));
        AtomicInteger left = new AtomicInteger(random.nextInt(WINDOWS));
        Conversion conversion =
            Conversion.from(source)
                .progress((done, total) -> {
                  if (left.getAndDecrement() <= 0) {
                    throw new CancellationException();
                  }
                })
                .to(directory.resolve("target"), CreateOptions.format(format));
        assertThrows(CancellationException.class, conversion::run);
        try (Stream<Path> files = Files.list(directory)) {
          assertEquals(List.of(), files.toList(), format);
        }
      }
    }
  }

  /**
   * Workers that compress end with what each compresses at once, 128 KiB: counted by the clusters
   * that are stored afterwards, and by a clock that goes on with them.
   */
  @Test
  void fewClustersAreCompressedAfterTheEnd() throws IOException {
    int workers = 3;
    int begun = 7;
    int cluster = 64 << 10;
    byte[] bytes = new byte[DISK];
    for (int at = 0; at < DISK; at += cluster) {
      byte[] half = new byte[cluster / 2];
      random.nextBytes(half);
      System.arraycopy(half, 0, bytes, at, half.length);
    }
    MemoryStorage storage = MemoryStorage.of("target", new byte[0]);
    DiskImages.create(storage, CreateOptions.format("qcow2").size(DISK));
    AtomicInteger streams = new AtomicInteger();
    AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    Storage counted =
        new ForwardingStorage(storage) {
          @Override
          public void write(long position, MemorySegment source) throws IOException {
            long length = source.byteSize();
            if (length > cluster / 2 && length < cluster && streams.incrementAndGet() == begun) {
              now.set(Instant.EPOCH.plusSeconds(2));
            }
            super.write(position, source);
          }

          @Override
          protected void release() {}
        };
    try (DiskImage source = raw(bytes);
        DiskImage target = DiskImages.open(counted, OpenOptions.writable().format("qcow2"))) {
      Conversion conversion =
          Conversion.from(source)
              .compress()
              .workers(workers)
              .limits(Limits.none().deadline(Instant.EPOCH.plusSeconds(1), now::get))
              .into(target);
      assertThrows(LimitExceededException.class, conversion::run);
      int atOnce = (128 << 10) / cluster;
      assertTrue(streams.get() >= begun, streams + " of " + DISK / cluster);
      assertTrue(streams.get() <= begun + workers * atOnce, streams + " of " + DISK / cluster);
    }
    check(storage, "qcow2", bytes, cluster, Seeds.toRepeat(seed));
  }

  /** At one byte in a second, what is left of the disk would take a year. */
  @Test
  void aSlowOneEndsAtOnce() throws IOException {
    byte[] bytes = content();
    AtomicInteger calls = new AtomicInteger();
    try (DiskImage source = raw(bytes)) {
      Conversion conversion =
          Conversion.from(source)
              .rate(1)
              .workers(3)
              .progress((done, total) -> {
                calls.incrementAndGet();
                throw new CancellationException();
              })
              .to(directory.resolve("target"), CreateOptions.format("raw"));
      assertThrows(CancellationException.class, conversion::run);
      assertEquals(1, calls.get());
    }
  }

  @Test
  void aLimitOfSizeIsKept() throws IOException {
    try (DiskImage source = raw(new byte[MIB])) {
      Conversion conversion =
          Conversion.from(source)
              .largestDisk(MIB - 1)
              .to(directory.resolve("target"), CreateOptions.format("raw"));
      String message = assertThrows(LimitExceededException.class, conversion::run).getMessage();
      assertTrue(message.contains("" + (MIB - 1)), message);
      conversion.largestDisk(MIB).run();
    }
  }

  @Test
  void theHostCopiesRawImages() throws IOException {
    byte[] bytes = content();
    random.nextBytes(bytes);
    Path file = Files.write(directory.resolve("source.raw"), bytes);
    Path target = directory.resolve("target.raw");
    try (DiskImage source = DiskImages.open(file, RAW)) {
      Conversion.from(source).offload().to(target, CreateOptions.format("raw")).run();
      assertEquals(-1, Files.mismatch(file, target));
      Conversion.from(source)
          .offload()
          .to(target, CreateOptions.format("qcow2").replaceExisting())
          .run();
    }
    try (DiskImage made = DiskImages.open(target)) {
      assertArrayEquals(bytes, all(made));
    }
  }

  /** A part of a raw disk, several as one, and flat extents, which are raw too. */
  @Test
  void theHostCopiesWhatIsMadeOfRawImages() throws IOException {
    byte[] bytes = content();
    random.nextBytes(bytes);
    Path file = Files.write(directory.resolve("source.raw"), bytes);
    Path target = directory.resolve("target.raw");
    CreateOptions raw = CreateOptions.format("raw").replaceExisting();
    try (DiskImage source = DiskImages.open(file, RAW)) {
      int from = 512 * random.nextInt(1, 2000);
      int length = 512 * random.nextInt(1, 10_000);
      BlockDevice part = JoinedDevice.slice(source, from, length);
      Conversion.from(part).offload().to(target, raw).run();
      assertArrayEquals(Arrays.copyOfRange(bytes, from, from + length), Files.readAllBytes(target));
      BlockDevice both =
          JoinedDevice.of(
              List.of(new JoinedDevice.Part(source, from, length), JoinedDevice.Part.of(source)));
      PlainBytes.Range last = ((PlainBytes) both).plainAt(both.size() - 1);
      assertEquals(DISK - 1, last.position());
      assertEquals(1, last.length());
      Conversion.from(both).offload().to(target, raw).run();
      byte[] joined = Arrays.copyOf(Arrays.copyOfRange(bytes, from, from + length), length + DISK);
      System.arraycopy(bytes, 0, joined, length, DISK);
      assertArrayEquals(joined, Files.readAllBytes(target));
      Path flat = directory.resolve("flat.vmdk");
      Conversion.from(source)
          .to(flat, CreateOptions.format("vmdk").option("subformat", "twoGbMaxExtentFlat"))
          .run();
      OpenOptions any = OpenOptions.readOnly().references(ReferencePolicy.sameDirectory());
      try (DiskImage image = DiskImages.open(flat, any)) {
        assertTrue(((PlainBytes) image).plainAt(4096).length() >= DISK - 4096);
        Conversion.from(image).offload().to(target, raw).run();
      }
      assertEquals(-1, Files.mismatch(file, target));
      // Of what is compressed nothing is there as it is.
      Path compressed = directory.resolve("compressed.qcow2");
      Arrays.fill(bytes, 0, MIB, (byte) 7);
      try (DiskImage image = raw(bytes)) {
        Conversion.from(image).compress().to(compressed, CreateOptions.format("qcow2")).run();
      }
      try (DiskImage image = DiskImages.open(compressed)) {
        assertEquals(null, ((PlainBytes) image).plainAt(4096));
        Conversion.from(image).offload().to(target, raw).run();
      }
      assertArrayEquals(bytes, Files.readAllBytes(target));
    }
  }

  @Test
  void hashAndCopyAreOnePass() throws IOException {
    byte[] bytes = content();
    random.nextBytes(bytes);
    try (DiskImage source = raw(bytes)) {
      ContentHash.Result expected = ContentHash.sha256().of(source);
      for (String format : List.of("raw", "qcow2", "vdi", "vmdk")) {
        CreateOptions options = CreateOptions.format(format).replaceExisting();
        Conversion conversion =
            Conversion.from(source).sparse(512 * random.nextInt(200)).rate(1L << 40);
        boolean compress = format.equals("qcow2");
        assertEquals(
            expected,
            (compress ? conversion.compress() : conversion)
                .to(directory.resolve("target"), options)
                .runAndHash(ContentHash.sha256()),
            format);
      }
    }
  }
}
