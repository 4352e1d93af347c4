package io.diskformat.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImages;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes by which a format is recognized. */
final class ProbeTest {
  @TempDir private Path directory;

  @Test
  void aProbeReadsWhatItIsAskedFor() throws IOException {
    byte[] bytes = new byte[100_001];
    new Random(1).nextBytes(bytes);
    Path path = Files.write(directory.resolve("bytes"), bytes);
    try (Storage storage = FileStorage.open(path, false, FileStorage.Sharing.UNLOCKED)) {
      Probe probe = new Probe(storage);
      assertEquals(bytes.length, probe.size());
      for (int offset : new int[] {0, 1, 4095, 4096, 50_000, 99_000, 100_000, 100_001, 200_000}) {
        for (int length : new int[] {0, 1, 2, 4096, 65_536}) {
          int end = Math.min(offset + length, bytes.length);
          byte[] expected = offset >= end ? new byte[0] : Arrays.copyOfRange(bytes, offset, end);
          assertArrayEquals(expected, probe.bytes(offset, length));
          assertTrue(probe.hasAt(offset, expected));
        }
      }
      assertFalse(probe.hasAt(-1, (byte) 0));
      assertFalse(probe.hasAt(100_000, bytes[100_000], (byte) 0));
      assertThrows(IllegalArgumentException.class, () -> probe.bytes(-1, 1));
      assertThrows(IllegalArgumentException.class, () -> probe.bytes(0, 65_537));
    }
  }

  /** Sizes on both sides of what an int counts, and of what it takes for small again. */
  @ParameterizedTest
  @ValueSource(
      longs = {(1L << 31) - 1, 1L << 31, 3L << 30, (1L << 32) - 1, 1L << 32, 5L << 30, 1L << 40})
  void marksAreFoundHoweverLongTheFile(long size) throws IOException {
    assertProbed("luks", size, 0, "LUKS\u00ba\u00be");
    assertProbed("iso", size, 0x8001, "CD001");
    assertProbed("vpc", size, size - 512, "conectix");
    assertProbed("chained", size, 0, "CHAINED\n");
  }

  /** Looks at a file that is nothing but a mark and, around it, a hole. */
  private void assertProbed(String format, long size, long offset, String mark) throws IOException {
    Path path = directory.resolve("sparse.img");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(0);
      file.setLength(size);
      file.seek(offset);
      file.write(mark.getBytes(StandardCharsets.ISO_8859_1));
    }
    assertEquals(Optional.of(format), DiskImages.probe(path));
  }
}
