package io.diskformat.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys from passphrases, beside the vectors of RFC 6070 and those made of SHA-256. */
final class Pbkdf2Test {
  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @CsvSource({
    "SHA1, password, salt, 1, 0c60c80f961f0e71f3a9b524af6012062fe037a6",
    "SHA1, password, salt, 4096, 4b007901b765489abead49d926f721d065a429c1",
    "SHA1, passwordPASSWORDpassword, saltSALTsaltSALTsaltSALTsaltSALTsalt, 4096,"
        + " 3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
    "SHA256, password, salt, 4096,"
        + " c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a",
  })
  void derivesWhatIsExpected(
      HashAlgorithm hash, String password, String salt, int iterations, String expected)
      throws IOException {
    byte[] key = HexFormat.of().parseHex(expected);
    assertArrayEquals(
        key, new Pbkdf2(hash, ascii(salt), iterations).derive(ascii(password), key.length));
  }

  @Test
  void anEmptyPassphraseIsOne() throws IOException {
    for (HashAlgorithm hash : HashAlgorithm.values()) {
      assertEquals(100, new Pbkdf2(hash, new byte[8], 2).derive(new byte[0], 100).length);
    }
  }

  @Test
  void anInterruptEndsIt() {
    Thread.currentThread().interrupt();
    try {
      assertThrows(
          InterruptedIOException.class,
          () -> new Pbkdf2(HashAlgorithm.SHA1, new byte[8], 1L << 40).derive(new byte[1], 20));
    } finally {
      boolean _ = Thread.interrupted();
    }
  }

  @Test
  void aSpeedIsFound() throws IOException {
    assertTrue(Pbkdf2.roundsIn(HashAlgorithm.SHA256, 1) >= 1000);
  }

  /** The stripes give the key back, and nothing else does. */
  @ParameterizedTest
  @EnumSource
  void stripesGiveTheKeyBack(HashAlgorithm hash) {
    byte[] key = new byte[37];
    new SecureRandom().nextBytes(key);
    byte[] stripes = AntiForensic.split(hash, key, 40, new SecureRandom());
    assertArrayEquals(key, AntiForensic.merge(hash, stripes, 40, 37));
    stripes[5] ^= 1;
    assertTrue(!java.util.Arrays.equals(key, AntiForensic.merge(hash, stripes, 40, 37)));
  }
}
