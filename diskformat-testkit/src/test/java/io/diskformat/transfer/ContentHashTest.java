package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.Tests.CheckingListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ContentHashTest {
  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;
  private static final int BLOCK = 64 * KIB;

  @TempDir Path directory;

  @AfterEach
  void noWorkerIsLeft() {
    Tests.assertNoWorkers();
  }

  // What blkhash itself expects, in its test/blkhash-test.c

  /** Kibibytes of a letter each, or of zeroes: stored ones if 0, a hole if a hyphen. */
  @ParameterizedTest
  @CsvSource({
    "64A, 2e3a5f57d5e726ee5de62db1a85ff816f4fa6ea4627807d9a51bdc4c883e165e",
    "640, 8ab067ab7939a3d4f40cbb118956c07c06aeae2d075d6e0a2ebbb94bd42832af",
    "64-, 8ab067ab7939a3d4f40cbb118956c07c06aeae2d075d6e0a2ebbb94bd42832af",
    "32A, 9467334d6d7668a2f06898185b5cddc78cdfbd962f50c6bf250101f03a0e54dc",
    "320, 842d185f0ff348b0d689e184bddc47f69a19032a6934c89b879479f1e86f9d56",
    "32-, 842d185f0ff348b0d689e184bddc47f69a19032a6934c89b879479f1e86f9d56",
    "512-, 722ac11a3a81034edf196aa3ee68d1a2e345cd0838b0c78c2ce2fb015d4d817d",
    "1048576-, c6d6562c3074a2caa0ceea3e1f460f3af678c792ed05e64157eb51e68ae5260d",
    "512- 32-, e623a5702b1feb08fbb3d18e35bbb7ec10146b8cd1bcff811200a3948c78c55c",
    "5120, 722ac11a3a81034edf196aa3ee68d1a2e345cd0838b0c78c2ce2fb015d4d817d",
    "5120 320, e623a5702b1feb08fbb3d18e35bbb7ec10146b8cd1bcff811200a3948c78c55c",
    "32A 32B 32C 32D 32E 32F, 4ab1586084326f5beb911621282e9557cd26856105eff7f78cace5986af4738b",
    "32A 32B 32C 32D 32E, 2cad558b3a2a8d87435e80fe7bae69fa664d92eaa1b9411f573b9fbb412a4d43",
    "32A 32- 32- 320 32E 32- 32- 320,"
        + " 4b2b5acd96f8105f4fb26abaf35c7c5756338ef9ccce19ffe7714c9ad94b4398",
    "32A 32- 32- 320 32E 32- 32-,"
        + " 2510ac29c7103f2e68c672d728cbd43db4ed3dc809a24cde96e62dc5862a0f57",
  })
  void asPublished(String extents, String expected) throws IOException {
    SyntheticDevice.Builder builder = SyntheticDevice.builder();
    for (String extent : extents.split(" ", -1)) {
      int last = extent.length() - 1;
      int length = Integer.parseInt(extent.substring(0, last)) * KIB;
      switch (extent.charAt(last)) {
        case '-' -> builder.hole(length);
        case '0' -> builder.data(new byte[length]);
        default -> {
          byte[] bytes = new byte[length];
          Arrays.fill(bytes, (byte) extent.charAt(last));
          builder.data(bytes);
        }
      }
    }
    for (int workers = 1; workers <= 8; workers *= 2) {
      assertEquals(expected, ContentHash.sha256().workers(workers).of(builder.build()).hex());
    }
  }

  // What it is by definition

  private static byte[] byDefinition(String jdkName, byte[] bytes) throws Exception {
    MessageDigest outer = MessageDigest.getInstance(jdkName);
    for (int at = 0; at < bytes.length; at += BLOCK) {
      byte[] block = Arrays.copyOfRange(bytes, at, Math.min(at + BLOCK, bytes.length));
      outer.update(MessageDigest.getInstance(jdkName).digest(block));
    }
    return outer.digest(length(bytes.length));
  }

  private static byte[] length(long length) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
  }

  @Property(tries = 30, shrinking = ShrinkingMode.OFF)
  void asDefinedHoweverTheDiskIsStored(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    SyntheticDevice device = SyntheticDevice.random(random);
    byte[] bytes = device.expected(0, Math.toIntExact(device.size()));
    byte[] expected = byDefinition("SHA-256", bytes);
    CheckingListener listener = new CheckingListener();
    ContentHash hash = ContentHash.sha256().workers(1 + random.nextInt(4)).progress(listener);
    assertArrayEquals(expected, hash.of(device).bytes(), () -> "of " + device);
    listener.assertDone(device.size());
    assertArrayEquals(expected, ContentHash.sha256().of(device.flat()).bytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 511, 65535, 65536, 65537, 2 * MIB - 1, 2 * MIB + 1, 5 * MIB + 3})
  void anySize(int size) throws Exception {
    byte[] bytes = new byte[size];
    assertArrayEquals(
        byDefinition("SHA-256", bytes),
        ContentHash.sha256().of(SyntheticDevice.builder().hole(size).build()).bytes());
    new Random(size).nextBytes(bytes);
    assertArrayEquals(
        byDefinition("SHA-256", bytes),
        ContentHash.sha256().of(SyntheticDevice.ofData(bytes)).bytes());
  }

  @Test
  void ofAFile() throws Exception {
    SyntheticDevice device =
        SyntheticDevice.builder().data(MIB, new Random(1)).hole(9 * MIB).build();
    Path path = directory.resolve("disk.raw");
    Conversion.from(device).to(path, CreateOptions.format("raw")).run();
    try (DiskImage image = Tests.openRaw(path)) {
      assertEquals(ContentHash.sha256().of(device), ContentHash.sha256().of(image));
    }
  }

  @ParameterizedTest
  @CsvSource({"sha256sum, sha256", "sha512sum, sha512", "b2sum, blake2b512", "sha1sum, sha1"})
  void asComputedByOtherTools(String tool, String algorithm) throws IOException {
    byte[] bytes = new byte[3 * BLOCK + 1234];
    new Random(2).nextBytes(bytes);
    Arrays.fill(bytes, BLOCK, 2 * BLOCK, (byte) 0);
    ByteArrayOutputStream blocks = new ByteArrayOutputStream();
    for (int at = 0; at < bytes.length; at += BLOCK) {
      blocks.write(sum(tool, Arrays.copyOfRange(bytes, at, Math.min(at + BLOCK, bytes.length))));
    }
    blocks.write(length(bytes.length));
    assertArrayEquals(
        sum(tool, blocks.toByteArray()),
        ContentHash.algorithm(algorithm).of(SyntheticDevice.ofData(bytes)).bytes());
  }

  private static byte[] sum(String tool, byte[] bytes) {
    String output = Oracle.of(tool).input(bytes).run().orFail().output();
    return HexFormat.of().parseHex(output.substring(0, output.indexOf(' ')));
  }

  // Algorithms

  /** Of the three letters abc, from the publications of the algorithms. */
  @ParameterizedTest
  @CsvSource({
    "md5, 900150983cd24fb0d6963f7d28e17f72",
    "sha1, a9993e364706816aba3e25717850c26c9cd0d89d",
    "sha224, 23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
    "sha256, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "sha512-256, 53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
    "sha3-256, 3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    "blake2b512, ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
        + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
    "blake2s256, 508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
    "ripemd160, 8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
    "sm3, 66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
  })
  void algorithmIsWhatItsNameSays(String name, String expected) {
    byte[] abc = "abc".getBytes(StandardCharsets.US_ASCII);
    MessageDigest digest = BlockAlgorithm.named(name).digest();
    for (int round = 0; round < 2; round++) {
      digest.update(abc[0]);
      digest.update(abc, 1, 2);
      assertEquals(expected, HexFormat.of().formatHex(digest.digest()));
    }
    digest.update(abc);
    digest.reset();
    assertEquals(expected, HexFormat.of().formatHex(digest.digest(abc)));
    assertEquals(expected.length(), 2 * digest.getDigestLength());
  }

  @Test
  void blake3IsWhatItsNameSays() {
    assertEquals(
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
        HexFormat.of().formatHex(BlockAlgorithm.named("blake3").digest().digest()));
  }

  @ParameterizedTest
  @CsvSource({
    "SHA-256, sha256",
    "sha512/256, sha512-256",
    "SHA3-512, sha3-512",
    "blake2b-512, blake2b512",
    "BLAKE2B512, blake2b512",
    "Blake3, blake3"
  })
  void namesMayBeSpeltInSeveralWays(String name, String expected) throws IOException {
    SyntheticDevice device = SyntheticDevice.ofData(new byte[] {1});
    assertEquals(expected, ContentHash.algorithm(name).of(device).algorithm());
  }

  @Test
  void unknownAlgorithmIsRefused() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> ContentHash.algorithm("crc32"));
    assertTrue(e.getMessage().contains("\"crc32\""), e.getMessage());
    assertTrue(e.getMessage().contains("sha512-224, "), e.getMessage());
  }

  @Test
  void withoutBouncyCastleItsAlgorithmsAreRefused() throws Exception {
    Class<?> hash = new WithoutBouncyCastle().loadClass(ContentHash.class.getName());
    assertNotEquals(ContentHash.class, hash);
    hash.getMethod("sha256").invoke(null);
    InvocationTargetException e =
        assertThrows(
            InvocationTargetException.class,
            () -> hash.getMethod("algorithm", String.class).invoke(null, "blake3"));
    assertEquals(UnsupportedOperationException.class, e.getCause().getClass());
    assertEquals(
        "blake3 is computed by Bouncy Castle: add org.bouncycastle:bcprov-jdk18on",
        e.getCause().getMessage());
  }

  /** Loads our classes anew, and none of Bouncy Castle. */
  private static final class WithoutBouncyCastle extends ClassLoader {
    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("org.bouncycastle.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("io.diskformat.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : define(name);
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      String file = name.replace('.', '/') + ".class";
      try (InputStream in = ContentHash.class.getClassLoader().getResourceAsStream(file)) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  // The result

  @Test
  void resultIsAValue() throws IOException {
    SyntheticDevice device = SyntheticDevice.ofData(new byte[] {1, 2, 3});
    ContentHash.Result result = ContentHash.sha256().of(device);
    result.bytes()[0]++;
    assertArrayEquals(HexFormat.of().parseHex(result.hex()), result.bytes());
    assertEquals("sha256", result.algorithm());
    assertEquals("sha256:" + result.hex(), result.toString());
    assertEquals(result, ContentHash.sha256().of(device));
    assertEquals(result.hashCode(), ContentHash.sha256().of(device).hashCode());
    assertNotEquals(result, ContentHash.algorithm("sm3").of(device));
    assertNotEquals(result, ContentHash.sha256().of(SyntheticDevice.ofData(new byte[3])));
  }

  // Workers

  @Test
  void workersDoNotRunFarAheadOfASlowOne() throws IOException {
    AtomicBoolean slow = new AtomicBoolean(true);
    SyntheticDevice[] self = new SyntheticDevice[1];
    SyntheticDevice.Builder builder =
        SyntheticDevice.builder().data(BLOCK, new Random(3)).hole(2 * MIB - BLOCK);
    for (int i = 0; i < 100; i++) {
      builder.data(BLOCK, new Random(i)).hole(2 * MIB - BLOCK);
    }
    self[0] =
        builder
            .build()
            .with((offset, length) -> {
              if (offset == 0) {
                pause(500);
                slow.set(false);
              }
              assertTrue(!slow.get() || offset < 70 * MIB, "at " + offset);
            });
    byte[] expected = ContentHash.sha256().workers(1).of(builder.build()).bytes();
    assertArrayEquals(expected, ContentHash.sha256().workers(2).of(self[0]).bytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void failureIsTold(int workers) throws IOException {
    IOException failure = new IOException("made up");
    SyntheticDevice device =
        SyntheticDevice.builder()
            .data(80 * MIB, new Random(4))
            .build()
            .with((offset, length) -> {
              if (offset == 0 && workers > 1) {
                pause(300);
              }
              if (offset == 0 || offset > 70 * MIB) {
                throw failure;
              }
            });
    ContentHash hash = ContentHash.sha256().workers(workers);
    assertSame(failure, assertThrows(IOException.class, () -> hash.of(device)));
    assertFalse(device.closed);
  }

  @Test
  void interruptEndsIt() throws Exception {
    CountDownLatch underWay = new CountDownLatch(1);
    SyntheticDevice device =
        SyntheticDevice.builder()
            .data(100 * MIB, new Random(5))
            .build()
            .with((offset, length) -> {
              underWay.countDown();
              pause(50);
            });
    Tests.assertInterruptible(underWay, () -> ContentHash.sha256().of(device));
  }

  private static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new AssertionError("an interrupt reached a worker", e);
    }
  }
}
