package io.diskformat.crypto;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Spreads a key over many stripes, all of which are needed to get it back, so that a key is gone as
 * soon as any of them is overwritten. Section "Anti-forensic information splitter" of the LUKS
 * specification.
 */
public final class AntiForensic {
  private AntiForensic() {}

  /**
   * Returns the stripes of a key, one after the other, which the caller wipes.
   *
   * @param stripes their number
   */
  public static byte[] split(HashAlgorithm hash, byte[] key, int stripes, SecureRandom random) {
    byte[] material = new byte[Math.multiplyExact(key.length, stripes)];
    random.nextBytes(material);
    byte[] sum = new byte[key.length];
    int last = material.length - key.length;
    mix(hash, sum, material, last);
    for (int i = 0; i < key.length; i++) {
      material[last + i] = (byte) (sum[i] ^ key[i]);
    }
    Arrays.fill(sum, (byte) 0);
    return material;
  }

  /**
   * Returns the key of its stripes, which the caller wipes.
   *
   * @param material begins with the stripes
   * @param keyBytes the length of the key
   */
  public static byte[] merge(HashAlgorithm hash, byte[] material, int stripes, int keyBytes) {
    byte[] key = new byte[keyBytes];
    int last = (stripes - 1) * keyBytes;
    mix(hash, key, material, last);
    for (int i = 0; i < keyBytes; i++) {
      key[i] ^= material[last + i];
    }
    return key;
  }

  /** Adds all stripes before {@code end} to a sum, which is diffused after each. */
  private static void mix(HashAlgorithm hash, byte[] sum, byte[] material, int end) {
    Hash diffusing = hash.hash();
    for (int at = 0; at < end; at += sum.length) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] ^= material[at + i];
      }
      diffuse(diffusing, hash.length(), sum);
    }
  }

  private static void diffuse(Hash hash, int length, byte[] sum) {
    int number = 0;
    for (int at = 0; at < sum.length; at += length) {
      int count = Math.min(length, sum.length - at);
      hash.update(BigEndian.bytes(number++), 0, Integer.BYTES);
      hash.update(sum, at, count);
      System.arraycopy(hash.finish(), 0, sum, at, count);
    }
  }
}
