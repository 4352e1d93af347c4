package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdCompressCtx;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.Oracle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed clusters of every shape are read, or refused, as qemu-img does it. */
class CompressedStreamsTest {
  private static final int CLUSTER_BITS = 16;
  private static final int CLUSTER = 1 << CLUSTER_BITS;
  private static final byte[] CONTENT = content();

  @TempDir private Path directory;

  /** Compressible, and alike over distances of more than 4 KiB. */
  private static byte[] content() {
    byte[] content = new byte[CLUSTER];
    new Random(5).nextBytes(content);
    System.arraycopy(content, 0, content, 20_000, 20_000);
    Arrays.fill(content, 45_000, 60_000, (byte) 'x');
    return content;
  }

  static Stream<Arguments> zlibStreams() {
    Map<String, byte[]> streams = new LinkedHashMap<>();
    byte[] usual = deflate(CONTENT, Deflater.DEFAULT_COMPRESSION, true);
    streams.put("usual", usual);
    streams.put("best", deflate(CONTENT, Deflater.BEST_COMPRESSION, true));
    streams.put("stored", deflate(CONTENT, Deflater.NO_COMPRESSION, true));
    streams.put("of zeroes", deflate(new byte[CLUSTER], 9, true));
    streams.put("with a header", deflate(CONTENT, 6, false));
    streams.put("without an end", withoutEnd());
    streams.put("garbage behind it", join(usual, randomBytes(1000)));
    streams.put("longer than a cluster", deflate(Arrays.copyOf(CONTENT, CLUSTER + 100), 6, true));
    streams.put("shorter than a cluster", deflate(Arrays.copyOf(CONTENT, CLUSTER - 1), 6, true));
    streams.put("cut short", Arrays.copyOf(usual, usual.length - 600));
    streams.put("garbage", randomBytes(3000));
    streams.put("zeroes", new byte[3000]);
    streams.put("ones", ones(3000));
    return streams.entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
  }

  static Stream<Arguments> zstdStreams() {
    Map<String, byte[]> streams = new LinkedHashMap<>();
    byte[] usual = zstd(CONTENT, false, true, 0);
    byte[] first = zstd(Arrays.copyOf(CONTENT, 30_000), false, true, 0);
    byte[] rest = zstd(Arrays.copyOfRange(CONTENT, 30_000, CLUSTER), true, false, 0);
    byte[] checksummed = zstd(CONTENT, true, true, 0);
    streams.put("usual", usual);
    streams.put("with a checksum", checksummed);
    streams.put("with a wrong checksum", changed(checksummed, checksummed.length - 1));
    streams.put("without its checksum", Arrays.copyOf(checksummed, checksummed.length - 4));
    streams.put("without its size", zstd(CONTENT, false, false, 0));
    streams.put("of zeroes", zstd(new byte[CLUSTER], false, true, 0));
    streams.put("two frames", join(first, rest));
    streams.put("an empty frame first", join(zstd(new byte[0], false, true, 0), usual));
    streams.put("a skippable frame first", join(skippable(100), usual));
    streams.put("a skippable frame between", join(join(first, skippable(7)), rest));
    streams.put("garbage behind it", join(usual, randomBytes(1000)));
    streams.put(
        "longer than a cluster", zstd(Arrays.copyOf(CONTENT, CLUSTER + 100), false, true, 0));
    streams.put(
        "shorter than a cluster", zstd(Arrays.copyOf(CONTENT, CLUSTER - 1), false, true, 0));
    streams.put("cut short", Arrays.copyOf(usual, usual.length - 600));
    streams.put("one frame of two", first);
    streams.put("a window of 128 MiB", zstd(CONTENT, false, false, 27));
    streams.put("a header that claims 2^62 bytes", claiming(1L << 62));
    streams.put("a header that claims 4 GiB", claiming(1L << 32));
    streams.put(
        "a dictionary", new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0x21, 7, 0, 0, 0});
    streams.put("deflate", deflate(CONTENT, 6, true));
    streams.put("garbage", randomBytes(3000));
    streams.put("zeroes", new byte[3000]);
    return streams.entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("zlibStreams")
  void zlib(String name, byte[] stream) throws IOException {
    compareWithQemu(0, stream);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("zstdStreams")
  void zstd(String name, byte[] stream) throws IOException {
    compareWithQemu(1, stream);
  }

  /** At several places relative to a sector, with the whole file there or only the stream. */
  private void compareWithQemu(int type, byte[] stream) throws IOException {
    for (int start : new int[] {0, 1, 511}) {
      long position = 6L * CLUSTER + start;
      int sectors = (int) ((position + stream.length - 1) / 512 - position / 512);
      compareWithQemu(write(type, position, stream, sectors, 2 * CLUSTER));
      needsNothingThatIsNotThere(write(type, position, stream, sectors, 0));
      needsNothingThatIsNotThere(write(type, position, stream, sectors + 3, 0));
      compareWithQemu(write(type, position, stream, Math.max(0, sectors - 3), 0));
      compareWithQemu(write(type, position, stream, 255, 2 * CLUSTER));
    }
  }

  private void compareWithQemu(Path image) throws IOException {
    Path raw = directory.resolve("raw");
    Oracle.Result qemu = Oracle.qemuImg("convert", "-f", "qcow2", "-O", "raw", image, raw);
    try (DiskImage opened = DiskImages.open(image)) {
      byte[] content = new byte[CLUSTER];
      if (qemu.exitCode() == 0) {
        opened.read(0, content);
        assertArrayEquals(Arrays.copyOf(Files.readAllBytes(raw), CLUSTER), content);
      } else {
        CorruptImageException e =
            assertThrows(
                CorruptImageException.class, () -> opened.read(0, content), qemu::toString);
        assertEquals("compressed cluster", e.structure());
      }
    }
  }

  /**
   * The file ends with the stream. QEMU goes on with zeroes; a stream is cut short if it matters to
   * QEMU that it is these and no other bytes.
   */
  private void needsNothingThatIsNotThere(Path image) throws IOException {
    Optional<byte[]> withZeroes = asQemuReads(image);
    Path longer = directory.resolve("longer.qcow2");
    Files.write(longer, join(Files.readAllBytes(image), ones(2 * CLUSTER)));
    Optional<byte[]> withOnes = asQemuReads(longer);
    byte[] content = new byte[CLUSTER];
    try (DiskImage opened = DiskImages.open(image)) {
      opened.read(0, content);
    } catch (CorruptImageException e) {
      assertEquals("compressed cluster", e.structure());
      assertFalse(
          withZeroes.isPresent()
              && withOnes.isPresent()
              && Arrays.equals(withZeroes.get(), withOnes.get()),
          e::getMessage);
      return;
    }
    assertArrayEquals(withZeroes.or(() -> withOnes).orElse(CONTENT), content);
    if (withOnes.isPresent()) {
      assertArrayEquals(withOnes.get(), content);
    }
  }

  private Optional<byte[]> asQemuReads(Path image) throws IOException {
    Path raw = directory.resolve("raw");
    Oracle.Result qemu = Oracle.qemuImg("convert", "-f", "qcow2", "-O", "raw", image, raw);
    return qemu.exitCode() == 0
        ? Optional.of(Arrays.copyOf(Files.readAllBytes(raw), CLUSTER))
        : Optional.empty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void ofAStreamAllMustBeThereButItsPadding(int type) throws IOException {
    byte[] stream = type == 0 ? deflate(CONTENT, 6, true) : zstd(CONTENT, false, true, 0);
    long position = 6L * CLUSTER + 100;
    int sectors = (int) ((position + stream.length - 1) / 512 - position / 512);
    for (int missing : new int[] {0, 1, 2, 100, 511, 512, 1000, stream.length - 1}) {
      Path image =
          write(type, position, Arrays.copyOf(stream, stream.length - missing), sectors, 0);
      byte[] content = new byte[CLUSTER];
      try (DiskImage opened = DiskImages.open(image)) {
        // The last byte of a deflate stream only says that this is the end.
        if (missing == 0 || (missing == 1 && type == 0)) {
          opened.read(0, content);
          assertArrayEquals(CONTENT, content);
        } else {
          CorruptImageException e =
              assertThrows(
                  CorruptImageException.class,
                  () -> opened.read(0, content),
                  () -> missing + " bytes of the stream are not there");
          assertEquals(position, e.position());
          assertTrue(e.getMessage().contains("was it cut short?"), e.getMessage());
        }
      }
    }
  }

  /** As a reader of frames would look for the next one where no byte is left. */
  @Test
  void aFrameThatEndsWithItsLastSectorAndFillsNoClusterIsCorrupt() throws IOException {
    byte[] frame = zstd(Arrays.copyOf(CONTENT, 30_000), false, true, 0);
    byte[] stream = join(frame, skippable((-8 - frame.length & 511) + 512));
    assertEquals(0, stream.length % 512);
    Path image = write(1, 6L * CLUSTER, stream, stream.length / 512 - 1, 2 * CLUSTER);
    try (DiskImage opened = DiskImages.open(image)) {
      CorruptImageException e =
          assertThrows(CorruptImageException.class, () -> opened.read(0, new byte[1]));
      assertTrue(e.getMessage().contains("ends after 30000 of 65536"), e.getMessage());
    }
  }

  @Test
  void aCompressedClusterBeyondTheEndOfTheFileIsCorrupt() throws IOException {
    Path image = write(0, 100L * CLUSTER, new byte[0], 1, 0);
    try (DiskImage opened = DiskImages.open(image)) {
      CorruptImageException e =
          assertThrows(CorruptImageException.class, () -> opened.read(5, new byte[1]));
      assertEquals(100L * CLUSTER, e.position());
      assertTrue(e.getMessage().contains("cut short"), e.getMessage());
    }
  }

  /**
   * Writes an image whose first cluster is compressed.
   *
   * @param type the compression type
   * @param sectors how many sectors the stream reaches into beyond its first
   * @param behind how many bytes there are in the file behind the stream
   */
  private Path write(int type, long position, byte[] stream, int sectors, int behind)
      throws IOException {
    HandmadeImage empty = new HandmadeImage().clusterBits(CLUSTER_BITS).withData();
    if (type == 1) {
      empty.incompatible(1 << 3);
    }
    int length = (int) Math.min(position, 10L * CLUSTER) + stream.length + behind;
    ByteBuffer image = ByteBuffer.wrap(Arrays.copyOf(empty.bytes(), length));
    image.put(104, (byte) type);
    long entry = 1L << 62 | (long) sectors << (62 - (CLUSTER_BITS - 8)) | position;
    image.putLong(4 * CLUSTER, entry);
    if (stream.length > 0) {
      image.put((int) position, stream);
    }
    return Files.write(directory.resolve("image.qcow2"), image.array());
  }

  private static byte[] deflate(byte[] content, int level, boolean raw) {
    try (Deflater deflater = new Deflater(level, raw)) {
      deflater.setInput(content);
      deflater.finish();
      byte[] stream = new byte[2 * CLUSTER];
      return Arrays.copyOf(stream, deflater.deflate(stream));
    }
  }

  private static byte[] withoutEnd() {
    try (Deflater deflater = new Deflater(6, true)) {
      deflater.setInput(CONTENT);
      byte[] stream = new byte[2 * CLUSTER];
      int length = deflater.deflate(stream, 0, stream.length, Deflater.SYNC_FLUSH);
      return Arrays.copyOf(stream, length);
    }
  }

  private static byte[] zstd(byte[] content, boolean checksum, boolean size, int windowLog) {
    try (ZstdCompressCtx context = new ZstdCompressCtx()) {
      context.setChecksum(checksum).setContentSize(size);
      if (windowLog > 0) {
        context.setLong(windowLog);
      }
      ByteBuffer source = ByteBuffer.allocateDirect(content.length).put(0, content);
      ByteBuffer target = ByteBuffer.allocateDirect(2 * CLUSTER);
      // As a stream, so that the size is recorded only if that is wanted, and the window as it is
      // set.
      boolean _ =
          context.compressDirectByteBufferStream(
              target, source, com.github.luben.zstd.EndDirective.END);
      byte[] stream = new byte[target.position()];
      target.get(0, stream);
      return stream;
    }
  }

  private static byte[] skippable(int length) {
    return join(
        ByteBuffer.allocate(8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(0x184d2a50)
            .putInt(length)
            .array(),
        randomBytes(length));
  }

  /** A frame header of one segment that claims to hold so much. */
  private static byte[] claiming(long size) {
    return ByteBuffer.allocate(2000)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0xfd2fb528)
        .put((byte) 0xe0)
        .putLong(size)
        .array();
  }

  private static byte[] changed(byte[] bytes, int at) {
    byte[] changed = bytes.clone();
    changed[at] ^= 1;
    return changed;
  }

  private static byte[] join(byte[] first, byte[] second) {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(first);
    both.writeBytes(second);
    return both.toByteArray();
  }

  private static byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static byte[] ones(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) -1);
    return bytes;
  }
}
