package io.diskformat.crypto;

import java.util.Arrays;
import org.bouncycastle.crypto.engines.CAST5Engine;
import org.bouncycastle.crypto.engines.SerpentEngine;
import org.bouncycastle.crypto.engines.TwofishEngine;
import org.bouncycastle.crypto.params.KeyParameter;

/** A block cipher that the JDK lacks, by Bouncy Castle's engines. */
final class BouncyCastleCipher implements BlockCipher {
  private final org.bouncycastle.crypto.BlockCipher encrypting;
  private final org.bouncycastle.crypto.BlockCipher decrypting;
  private final int keyBytes;

  private BouncyCastleCipher(
      org.bouncycastle.crypto.BlockCipher encrypting,
      org.bouncycastle.crypto.BlockCipher decrypting,
      byte[] key) {
    this.encrypting = encrypting;
    this.decrypting = decrypting;
    this.keyBytes = key.length;
    keyed(key);
  }

  static BlockCipher serpent(byte[] key) {
    return new BouncyCastleCipher(new SerpentEngine(), new SerpentEngine(), key);
  }

  static BlockCipher twofish(byte[] key) {
    return new BouncyCastleCipher(new TwofishEngine(), new TwofishEngine(), key);
  }

  static BlockCipher cast5(byte[] key) {
    return new BouncyCastleCipher(new CAST5Engine(), new CAST5Engine(), key);
  }

  private void keyed(byte[] key) {
    KeyParameter parameter = new KeyParameter(key);
    encrypting.init(true, parameter);
    decrypting.init(false, parameter);
    // The parameter has a copy of its own, and hands out that one.
    Arrays.fill(parameter.getKey(), (byte) 0);
  }

  @Override
  public int blockSize() {
    return encrypting.getBlockSize();
  }

  @Override
  public void encrypt(byte[] bytes, int offset, int length) {
    process(encrypting, bytes, offset, length);
  }

  @Override
  public void decrypt(byte[] bytes, int offset, int length) {
    process(decrypting, bytes, offset, length);
  }

  private static void process(
      org.bouncycastle.crypto.BlockCipher cipher, byte[] bytes, int offset, int length) {
    int block = cipher.getBlockSize();
    for (int at = offset; at < offset + length; at += block) {
      var _ = cipher.processBlock(bytes, at, bytes, at);
    }
  }

  @Override
  public void wipe() {
    keyed(new byte[keyBytes]);
  }
}
