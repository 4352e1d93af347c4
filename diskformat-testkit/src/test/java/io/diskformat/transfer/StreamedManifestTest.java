package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.LimitExceededException;
import io.diskformat.Limits;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests of disks that are read in one pass, and manifests that are no files. */
final class StreamedManifestTest {
  private static final int BLOCK = 64 << 10;
  private static final int MIB = 1 << 20;

  @TempDir Path directory;

  @AfterEach
  void noWorkerIsLeft() {
    Tests.assertNoWorkers();
  }

  private static ReadableByteChannel channel(byte[] bytes) {
    return Channels.newChannel(new ByteArrayInputStream(bytes));
  }

  private static byte[] ofDevice(byte[] disk) throws IOException {
    ByteArrayOutputStream manifest = new ByteArrayOutputStream();
    var _ = ContentHash.sha256().of(SyntheticDevice.ofData(disk), Channels.newChannel(manifest));
    return manifest.toByteArray();
  }

  private static byte[] random(Random random, int size) {
    byte[] disk = new byte[size];
    random.nextBytes(disk);
    int start = random.nextInt(size);
    Arrays.fill(disk, start, start + random.nextInt(size - start), (byte) 0);
    return disk;
  }

  @Test
  void isThatOfTheDevice() throws IOException {
    Random random = new Random(Seeds.of(StreamedManifestTest.class, 1));
    for (int size : new int[] {1, 511, BLOCK, BLOCK + 1, 2 * MIB, 3 * MIB + 512, 7 * MIB}) {
      byte[] disk = random(random, size);
      ByteArrayOutputStream manifest = new ByteArrayOutputStream();
      int workers = 1 + random.nextInt(3);
      ContentHash.Result hash =
          ContentHash.sha256()
              .workers(workers)
              .of(channel(disk), "x", size, Channels.newChannel(manifest));
      assertArrayEquals(ofDevice(disk), manifest.toByteArray(), size + " bytes");
      assertEquals(ContentHash.sha256().of(SyntheticDevice.ofData(disk)), hash);
    }
  }

  @Test
  void aSizeThatIsWrongIsNoticed() throws IOException {
    byte[] disk = random(new Random(1), 3 * MIB);
    ByteArrayOutputStream manifest = new ByteArrayOutputStream();
    for (long size : new long[] {0, 1, 2 * MIB, 3 * MIB - 1, 3 * MIB + 1, 1L << 40}) {
      IOException e =
          assertThrows(
              IOException.class,
              () ->
                  ContentHash.sha256().of(channel(disk), "x", size, Channels.newChannel(manifest)));
      assertTrue(e.getMessage().startsWith("x: it has "), e.getMessage());
    }
    assertThrows(
        LimitExceededException.class,
        () ->
            ContentHash.sha256()
                .limits(Limits.none().largestDisk(MIB))
                .of(channel(disk), "x", disk.length, Channels.newChannel(manifest)));
    try (ImageInput raw =
        DiskImages.input(channel(disk), "x", OpenOptions.readOnly().format("raw"))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> ContentHash.sha256().of(raw, Channels.newChannel(manifest)));
    }
  }

  @Test
  void isKeptAnywhere() throws IOException {
    byte[] disk = random(new Random(2), 3 * MIB + 512);
    byte[] bytes = ofDevice(disk);
    Path file = directory.resolve("manifest");
    Files.write(file, bytes);
    Manifest manifest = Manifest.open("a manifest", () -> Files.newByteChannel(file));
    assertEquals("a manifest", manifest.name());
    manifest.check();
    assertTrue(Verification.by(manifest).run(SyntheticDevice.ofData(disk)).isIntact());
    for (int at = 0; at < bytes.length; at += 7) {
      byte[] other = bytes.clone();
      other[at] ^= 1;
      Files.write(file, other);
      // Its header may say that it is of another version, or of blocks of another size.
      assertThrows(
          DiskFormatException.class,
          () -> Manifest.open("m", () -> Files.newByteChannel(file)).check(),
          "at " + at);
    }
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    assertThrows(
        CorruptImageException.class,
        () -> Manifest.open("m", () -> Files.newByteChannel(file)).check());
  }
}
