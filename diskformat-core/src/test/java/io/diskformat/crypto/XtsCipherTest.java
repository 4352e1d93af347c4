package io.diskformat.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The mode beside the vectors of IEEE 1619-2007, annex B, and beside a plain reading of it. */
final class XtsCipherTest {
  private static final HexFormat HEX = HexFormat.of();

  /** Vectors of less than a sector are the beginning of one: blocks depend on none after them. */
  @ParameterizedTest
  @CsvSource({
    // Vectors 1 to 3: 32 bytes of one value, XTS-AES-128.
    "00000000000000000000000000000000 00000000000000000000000000000000, 0, 00,"
        + " 917cf69ebd68b2ec9b9fe9a3eadda692cd43d2f59598ed858c02c2652fbf922e",
    "11111111111111111111111111111111 22222222222222222222222222222222, 3333333333, 44,"
        + " c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0",
    "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0 22222222222222222222222222222222, 3333333333, 44,"
        + " af85336b597afc1a900b2eb21ec949d292df4c047e0b21532186a5971a227a89",
  })
  void encryptsAsTheStandardSays(String keys, String sector, String value, String expected) {
    SectorCipher cipher = cipher(HEX.parseHex(keys.replace(" ", "")));
    byte[] bytes = new byte[512];
    java.util.Arrays.fill(bytes, 0, 32, HEX.parseHex(value)[0]);
    byte[] plain = bytes.clone();
    long number = Long.parseUnsignedLong(sector, 16);
    cipher.encrypt(number, bytes, 0, 512);
    assertEquals(expected, HEX.formatHex(bytes, 0, 32));
    cipher.decrypt(number, bytes, 0, 512);
    assertArrayEquals(plain, bytes);
  }

  /** Vectors 4 and 10: the bytes 00 to ff, twice, in one sector. */
  @ParameterizedTest
  @CsvSource({
    "27182818284590452353602874713526 31415926535897932384626433832795, 0,"
        + " 27a7479befa1d476489f308cd4cfa6e2a96e4bbe3208ff25287dd3819616e89c",
    "2718281828459045235360287471352662497757247093699959574966967627"
        + " 3141592653589793238462643383279502884197169399375105820974944592, ff,"
        + " 1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b",
  })
  void encryptsWholeSectorsAsTheStandardSays(String keys, String sector, String beginning) {
    byte[] bytes = new byte[512];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    cipher(HEX.parseHex(keys.replace(" ", ""))).encrypt(Long.parseLong(sector, 16), bytes, 0, 512);
    assertEquals(beginning, HEX.formatHex(bytes, 0, 32));
  }

  @Test
  void manySectorsAreEachOneByItself() {
    Random random = new Random(7);
    byte[] key = new byte[64];
    random.nextBytes(key);
    byte[] bytes = new byte[100 * 512];
    random.nextBytes(bytes);
    byte[] each = bytes.clone();
    SectorCipher cipher = cipher(key);
    cipher.encrypt(12345, bytes, 0, bytes.length);
    for (int i = 0; i < 100; i++) {
      cipher.encrypt(12345 + i, each, i * 512, 512);
    }
    assertArrayEquals(each, bytes);
  }

  private static SectorCipher cipher(byte[] key) {
    return CipherSpec.of("aes", "xts-plain64", key.length).keyed(key);
  }
}
