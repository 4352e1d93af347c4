package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.ImageOutput;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Conversion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.DataFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images written in one pass are what ESXi, and others, import. */
final class StreamOutputTest {
  private static final CreateOptions STREAM =
      CreateOptions.format("vmdk").option("subformat", "streamOptimized");
  private static final int ROUNDS = Integer.getInteger("diskformat.vmdk.streams", 5);

  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("disk.vmdk");
  }

  private static byte[] streamed(byte[] content, int workers, int sparse) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (BlockDevice source = Stored.raw(content)) {
      Conversion.from(source)
          .workers(workers)
          .sparse(sparse)
          .to(Channels.newChannel(out), STREAM)
          .run();
    }
    return out.toByteArray();
  }

  private void assertIsRight(byte[] content, byte[] image) throws IOException, DataFormatException {
    assertArrayEquals(content, StreamStructure.contentOf(image));
    Path path = Files.write(file(), image);
    Images.assertShows(content, path);
    Path raw = Files.write(directory.resolve("x.raw"), content);
    Oracle.qemuImg("compare", "-f", "raw", "-F", "vmdk", raw, path).orFail();
    Oracle.qemuImg("check", "-f", "vmdk", path).orFail();
    assertArrayEquals(content, Extracted.by7z(path, directory.resolve("7z")));
    if (content.length > 0) {
      assertArrayEquals(content, Extracted.byLibvmdk(path, directory.resolve("libvmdk.raw")));
    }
  }

  @Test
  void ofAnyDisk() throws IOException, DataFormatException {
    Random random = new Random(Seeds.of(StreamOutputTest.class, 1));
    for (int i = 0; i < ROUNDS; i++) {
      byte[] content = Stored.content(random, 1 + random.nextInt(i % 8 == 0 ? 150_000 : 3000));
      int sparse = random.nextBoolean() ? 4096 : 0;
      assertIsRight(content, streamed(content, 1 + random.nextInt(4), sparse));
    }
  }

  /** An empty one, one that is all zeroes, one of whole tables. */
  @Test
  void ofDisksAtTheLimits() throws IOException, DataFormatException {
    for (int sectors : new int[] {0, 1, 128, 129, 128 * 512, 128 * 512 + 1}) {
      byte[] content = new byte[sectors * 512];
      assertArrayEquals(content, StreamStructure.contentOf(streamed(content, 2, 4096)));
      if (sectors > 0) {
        content[content.length - 1] = 1;
        assertIsRight(content, streamed(content, 2, 4096));
      }
    }
  }

  @Test
  void toAFileByTheSameWriter() throws IOException, DataFormatException {
    byte[] content = Stored.content(new Random(1), 5000);
    try (BlockDevice source = Stored.raw(content)) {
      Conversion conversion = Conversion.from(source).to(file(), STREAM);
      conversion.run();
      assertArrayEquals(content, StreamStructure.contentOf(Files.readAllBytes(file())));
      assertThrows(FileAlreadyExistsException.class, conversion::run);
      Conversion.from(source).compress().to(file(), STREAM.replaceExisting()).run();
    }
    assertArrayEquals(content, StreamStructure.contentOf(Files.readAllBytes(file())));
    assertTrue(
        Files.readString(file(), java.nio.charset.StandardCharsets.ISO_8859_1)
            .contains(" SPARSE \"disk.vmdk\""));
    DiskImages.create(file(), STREAM.size(1 << 20).replaceExisting());
    assertArrayEquals(new byte[1 << 20], StreamStructure.contentOf(Files.readAllBytes(file())));
  }

  @Test
  void optionsAreRecorded() throws IOException, DataFormatException {
    CreateOptions options =
        STREAM.option("adapter_type", "ide").option("hwversion", "19").option("toolsversion", "1");
    DiskImages.create(file(), options.size(1 << 20));
    byte[] image = Files.readAllBytes(file());
    StreamStructure.contentOf(image);
    String text = new String(image, 512, 1000, java.nio.charset.StandardCharsets.UTF_8);
    for (String word : List.of("\"ide\"", "virtualHWVersion = \"19\"", "toolsVersion = \"1\"")) {
      assertTrue(text.contains(word), text);
    }
  }

  /** A channel that takes little at a time, and fails in the end. */
  private static final class Unwilling implements WritableByteChannel {
    final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private final long most;

    Unwilling(long most) {
      this.most = most;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      if (taken.size() >= most) {
        throw new IOException("no more");
      }
      int length = Math.min(source.remaining(), 777);
      byte[] bytes = new byte[length];
      source.get(bytes);
      taken.writeBytes(bytes);
      return length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  @Test
  void toAChannelThatTakesLittle() throws IOException, DataFormatException {
    byte[] content = Stored.content(new Random(2), 9000);
    Unwilling slow = new Unwilling(Long.MAX_VALUE);
    try (BlockDevice source = Stored.raw(content)) {
      Conversion.from(source).to(slow, STREAM).run();
      assertArrayEquals(content, StreamStructure.contentOf(slow.taken.toByteArray()));
      Unwilling failing = new Unwilling(1000);
      Conversion failed = Conversion.from(source).workers(3).to(failing, STREAM);
      assertEquals("no more", assertThrows(IOException.class, failed::run).getMessage());
    }
  }

  @Test
  void nothingIsLeftOfAFailure() throws IOException {
    assertThrows(
        IOException.class,
        () ->
            DiskImages.createInOnePass(
                file(),
                STREAM.size(1 << 20),
                output -> {
                  byte[] unit = new byte[output.unitSize()];
                  output.write(0, output.encoder().encode(MemorySegment.ofArray(unit)));
                  throw new IOException("on purpose");
                }));
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void unitsComeInOrder() throws IOException {
    WritableByteChannel channel = Channels.newChannel(new ByteArrayOutputStream());
    try (ImageOutput output = DiskImages.output(channel, "x", STREAM.size(1 << 20))) {
      byte[] unit = output.encoder().encode(MemorySegment.ofArray(new byte[output.unitSize()]));
      output.write(65536, unit);
      for (long wrong : new long[] {65536, 0, 1, 1 << 20, -65536}) {
        assertThrows(IllegalArgumentException.class, () -> output.write(wrong, unit));
      }
      output.write(3 * 65536, unit);
    }
  }

  @Test
  void whatCannotBeWrittenSo() {
    WritableByteChannel channel = Channels.newChannel(new ByteArrayOutputStream());
    CreateOptions sparse = CreateOptions.format("vmdk").size(1 << 20);
    String message =
        assertThrows(
                UnsupportedFeatureException.class, () -> DiskImages.output(channel, "x", sparse))
            .getMessage();
    assertTrue(message.contains("subformat=streamOptimized"), message);
    for (CreateOptions wrong :
        List.of(
            STREAM.option("zeroed_grain", "on"),
            STREAM.option("backing_file", "y").option("backing_fmt", "vmdk"),
            STREAM.option("cluster_size", "64k"),
            STREAM.size(1L << 50))) {
      assertThrows(IllegalArgumentException.class, () -> DiskImages.output(channel, "x", wrong));
      assertThrows(IllegalArgumentException.class, () -> DiskImages.create(file(), wrong));
    }
    assertFalse(Files.exists(file()));
  }
}
