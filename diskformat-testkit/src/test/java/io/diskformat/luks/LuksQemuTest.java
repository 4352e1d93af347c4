package io.diskformat.luks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.PassphraseException;
import io.diskformat.testing.EncryptedImage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * LUKS files beside qemu-img: each reads what the other wrote, for all ciphers that it writes. It
 * makes images itself, for which it measures the processor for seconds, only of one cipher, which
 * is another each time; of all with {@code -Ddiskformat.luks.theirs=all}.
 */
final class LuksQemuTest {
  private static final int SIZE = 1 << 20;
  private static final int COMBINATIONS = 21;
  private static final Random RANDOM = new Random(Seeds.of(LuksQemuTest.class, 1));
  private static final int CHOSEN = 1 + RANDOM.nextInt(COMBINATIONS);
  private static final AtomicInteger NUMBER = new AtomicInteger();

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "aes-128, xts, plain64, sha256",
    "aes-192, xts, plain64, sha1",
    "aes-256, xts, plain64, sha256",
    "aes-256, xts, plain, sha512",
    "aes-256, xts, essiv, sha256",
    "aes-128, cbc, plain64, sha224",
    "aes-128, cbc, plain, sha384",
    "aes-256, cbc, essiv, ripemd160",
    "aes-256, ecb, plain64, sha256",
    "serpent-128, xts, plain64, sha256",
    "serpent-128, cbc, plain64, sha256",
    "serpent-256, xts, plain64, sha512",
    "serpent-256, cbc, essiv, sha256",
    "twofish-128, cbc, plain, md5",
    "twofish-192, xts, plain64, sha256",
    "twofish-256, xts, plain64, sha1",
    "twofish-256, cbc, essiv, sha256",
    "cast5-128, cbc, plain64, sha256",
    "cast5-128, cbc, plain, sha1",
    "cast5-128, ecb, plain64, sha1",
    "aes-256, ctr, plain64, sha256",
  })
  void eachReadsAndWritesWhatTheOtherMade(String cipher, String mode, String vectors, String hash)
      throws IOException {
    Map<String, String> options = new HashMap<>();
    options.put("cipher-alg", cipher);
    options.put("cipher-mode", mode);
    options.put("ivgen-alg", vectors);
    options.put("hash-alg", hash);
    EncryptedImage ours = new EncryptedImage(directory.resolve("ours"), "luks", "our secret");
    DiskImages.create(ours.file(), ours.creation(SIZE, options), image -> {});
    exchange(ours);
    if (NUMBER.incrementAndGet() != CHOSEN
        && !"all".equals(System.getProperty("diskformat.luks.theirs"))) {
      return;
    }
    EncryptedImage theirs = new EncryptedImage(directory.resolve("theirs"), "luks", "their secret");
    StringBuilder text = new StringBuilder();
    options.forEach((name, value) -> text.append(',').append(name).append('=').append(value));
    Oracle.Result made = theirs.createByQemu(SIZE, text.toString());
    made.orFail();
    theirs.ioByQemu("write -q -P 0 0 " + SIZE + "\n").orFail();
    exchange(theirs);
  }

  /** Writes random data by turns, and reads it by both. */
  private void exchange(EncryptedImage image) throws IOException {
    byte[] expected = new byte[SIZE];
    Path part = directory.resolve("part");
    for (int i = 0; i < 6; i++) {
      int length = 512 * (1 + RANDOM.nextInt(200));
      int offset = 512 * RANDOM.nextInt((SIZE - length) / 512);
      if (i % 2 == 0) {
        // Not only whole sectors.
        offset += RANDOM.nextInt(512);
        length -= RANDOM.nextInt(512);
      }
      byte[] bytes = new byte[length];
      RANDOM.nextBytes(bytes);
      System.arraycopy(bytes, 0, expected, offset, length);
      if (i % 2 == 0) {
        try (DiskImage disk = DiskImages.open(image.file(), image.options(true))) {
          disk.write(offset, MemorySegment.ofArray(bytes));
        }
      } else {
        Files.write(part, bytes);
        image.ioByQemu("write -q -s %s %d %d\n".formatted(part, offset, length)).orFail();
      }
    }
    try (DiskImage disk = DiskImages.open(image.file(), image.options(false))) {
      assertEquals(SIZE, disk.size());
      byte[] read = new byte[SIZE];
      disk.read(0, MemorySegment.ofArray(read));
      assertArrayEquals(expected, read);
    }
    Path raw = directory.resolve("raw");
    image.exportByQemu(raw);
    assertArrayEquals(expected, Files.readAllBytes(raw));
  }

  @Test
  void aWrongPassphraseIsAnErrorOfItsOwn() throws IOException {
    EncryptedImage image = new EncryptedImage(directory.resolve("i"), "luks", "right");
    DiskImages.create(image.file(), image.creation(SIZE, Map.of()));
    EncryptedImage wrong = new EncryptedImage(image.file(), "luks", "wrong");
    PassphraseException e =
        assertThrows(
            PassphraseException.class, () -> DiskImages.open(image.file(), wrong.options(false)));
    assertEquals(PassphraseException.Reason.WRONG, e.reason());
    assertTrue(!e.getMessage().contains("wrong"), e.getMessage());
    PassphraseException missing =
        assertThrows(PassphraseException.class, () -> DiskImages.open(image.file()));
    assertEquals(PassphraseException.Reason.MISSING, missing.reason());
    try (DiskImage described =
        DiskImages.open(image.file(), OpenOptions.readOnly().metadataOnly())) {
      assertEquals(SIZE, described.size());
      assertTrue(described.info().isEncrypted());
    }
  }
}
