package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.diskformat.storage.DeflateCompressor.Framing;
import io.diskformat.testing.ChildJvm;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams by libdeflate and by java.util.zip: anybody inflates both. */
final class DeflateCompressorTest {
  private static final int CLUSTER = 65536;

  private static @Nullable Libdeflate library(boolean wanted) {
    if (!wanted) {
      return null;
    }
    Libdeflate library = Libdeflate.get();
    if (library == null) {
      String message = "no " + Libdeflate.FILE;
      if ("required".equals(System.getProperty("diskformat.oracles"))) {
        fail(message + ", and diskformat.oracles is \"required\"");
      }
      abort(message);
    }
    return library;
  }

  /** Programs and their data, as they lie on disks. */
  private static byte[] real(int length, long where) throws IOException {
    Path modules = Path.of(System.getProperty("java.home"), "lib", "modules");
    byte[] content = new byte[length];
    try (RandomAccessFile file = new RandomAccessFile(modules.toFile(), "r")) {
      file.seek(where % (file.length() - length));
      file.readFully(content);
    }
    return content;
  }

  private static byte[] inflated(Framing framing, byte[] stream, int length, int plain)
      throws DataFormatException {
    Inflater inflater = new Inflater(framing == Framing.NONE);
    try {
      inflater.setInput(stream, 0, length);
      byte[] found = new byte[plain + 1];
      int count = inflater.inflate(found);
      assertTrue(inflater.finished(), "the stream has an end");
      assertEquals(length, inflater.getBytesRead(), "the stream ends where it is said to");
      return Arrays.copyOf(found, count);
    } finally {
      inflater.end();
    }
  }

  @ParameterizedTest
  @CsvSource({"NONE, true", "NONE, false", "ZLIB, true", "ZLIB, false"})
  void streamsAreInflatedByAnybody(Framing framing, boolean byLibrary) throws Exception {
    for (int level : new int[] {1, 4, 6, 9}) {
      try (DeflateCompressor compressor =
          new DeflateCompressor(framing, level, library(byLibrary))) {
        for (int length : new int[] {1, 512, 4096, CLUSTER, 2 << 20}) {
          byte[][] contents = {
            new byte[length], RandomContent.of(level, 0, length), real(length, level * 9999991L)
          };
          for (byte[] content : contents) {
            byte[] stream = new byte[length + 1024];
            int count = compressor.compress(content, stream);
            assertNotEquals(0, count);
            assertArrayEquals(content, inflated(framing, stream, count, length));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"NONE, true", "NONE, false", "ZLIB, true", "ZLIB, false"})
  void whatDoesNotFitIsNoStream(Framing framing, boolean byLibrary) throws Exception {
    byte[] content = real(CLUSTER, 12345678);
    try (DeflateCompressor compressor = new DeflateCompressor(framing, 4, library(byLibrary))) {
      int length = compressor.compress(content, new byte[2 * CLUSTER]);
      assertEquals(0, compressor.compress(content, new byte[length - 1]));
      assertEquals(0, compressor.compress(content, new byte[1]));
      byte[] random = new byte[CLUSTER];
      new Random(1).nextBytes(random);
      assertEquals(0, compressor.compress(random, new byte[CLUSTER]));
      // A failure leaves nothing behind.
      byte[] stream = new byte[2 * CLUSTER];
      assertEquals(length, compressor.compress(content, stream));
      assertArrayEquals(content, inflated(framing, stream, length, CLUSTER));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 6})
  void streamsOfTheLibraryAreNoLonger(int level) throws Exception {
    try (DeflateCompressor ours = new DeflateCompressor(Framing.NONE, level, library(true));
        DeflateCompressor zip = new DeflateCompressor(Framing.NONE, level, null)) {
      long oursLength = 0;
      long zipLength = 0;
      byte[] stream = new byte[2 * CLUSTER];
      for (int i = 0; i < 60; i++) {
        byte[] content = real(CLUSTER, i * 1_300_000L);
        oursLength += ours.compress(content, stream);
        zipLength += zip.compress(content, stream);
      }
      assertTrue(oursLength <= zipLength * 1.005, oursLength + " bytes, not " + zipLength);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closedCompressorsRefuse(boolean byLibrary) {
    DeflateCompressor compressor = new DeflateCompressor(Framing.NONE, 6, library(byLibrary));
    compressor.close();
    compressor.close();
    assertThrows(
        IllegalStateException.class, () -> compressor.compress(new byte[512], new byte[512]));
  }

  /** What the library has for itself, per compressor, is several hundred KiB. */
  @ParameterizedTest
  @EnumSource(Framing.class)
  void closingFreesNativeMemory(Framing framing) throws Exception {
    Libdeflate library = library(true);
    byte[] content = real(CLUSTER, 0);
    byte[] stream = new byte[CLUSTER];
    long before = 0;
    for (int i = 0; i < 1_100; i++) {
      try (DeflateCompressor compressor = new DeflateCompressor(framing, 6, library)) {
        assertNotEquals(0, compressor.compress(content, stream));
      }
      if (i == 100) {
        before = residentKib();
      }
    }
    long grown = residentKib() - before;
    assertTrue(grown < 100 << 10, grown + " KiB more after 1,000 compressors");
  }

  private static long residentKib() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void withoutTheLibraryStreamsAreMadeAllTheSame(@TempDir Path directory) throws Exception {
    // A name that no file has, and one of a library that is another.
    for (String file : new String[] {"libnone.so.0", "libc.so.6"}) {
      ChildJvm.Result result =
          ChildJvm.of(DeflateCompressorTest.class)
              .options(NativeCallsTest.logging(directory))
              .run(WithoutLibrary.class, file);
      assertEquals(0, result.exitCode(), result::toString);
      long lines = result.error().lines().filter(line -> line.contains("No libdeflate (")).count();
      assertEquals(1, lines, result::toString);
    }
  }

  /** No native calls at all is one line, of its own. */
  @Test
  void withoutJnaStreamsAreMadeAllTheSame(@TempDir Path directory) throws Exception {
    ChildJvm.Result result =
        ChildJvm.withoutJna(DeflateCompressorTest.class)
            .options(NativeCallsTest.logging(directory))
            .run(WithoutJna.class);
    assertEquals(0, result.exitCode(), result::toString);
    assertTrue(result.error().contains("No native calls"), result::toString);
    assertTrue(!result.error().contains("No libdeflate"), result::toString);
  }

  private static void compressSomething(@Nullable Libdeflate library) {
    byte[] stream = new byte[CLUSTER];
    try (DeflateCompressor compressor = new DeflateCompressor(Framing.ZLIB, 6, library)) {
      int length = compressor.compress(new byte[CLUSTER], stream);
      assertArrayEquals(new byte[CLUSTER], inflated(Framing.ZLIB, stream, length, CLUSTER));
    } catch (DataFormatException e) {
      throw new AssertionError(e);
    }
  }

  /** What is run in another JVM. */
  static final class WithoutLibrary {
    public static void main(String[] arguments) {
      Libdeflate library = Libdeflate.load(arguments[0]);
      assertNull(library);
      compressSomething(library);
    }
  }

  /** What is run in another JVM. */
  static final class WithoutJna {
    public static void main(String[] arguments) {
      Libdeflate library = Libdeflate.get();
      assertNull(library);
      compressSomething(library);
    }
  }
}
