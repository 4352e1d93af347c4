package io.diskformat.crypto;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;

/** AES by the JDK, which uses the processor's instructions for it. */
final class AesCipher implements BlockCipher {
  private static final int BLOCK = 16;

  private final int keyBytes;
  private final Cipher encrypting;
  private final Cipher decrypting;

  AesCipher(byte[] key) {
    this.keyBytes = key.length;
    this.encrypting = cipher(Cipher.ENCRYPT_MODE, key);
    this.decrypting = cipher(Cipher.DECRYPT_MODE, key);
  }

  private static Cipher cipher(int direction, byte[] key) {
    try {
      Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
      cipher.init(direction, new SecretKeySpec(key, "AES"));
      return cipher;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no AES in this JDK", e);
    }
  }

  @Override
  public int blockSize() {
    return BLOCK;
  }

  @Override
  public void encrypt(byte[] bytes, int offset, int length) {
    update(encrypting, bytes, offset, length);
  }

  @Override
  public void decrypt(byte[] bytes, int offset, int length) {
    update(decrypting, bytes, offset, length);
  }

  private static void update(Cipher cipher, byte[] bytes, int offset, int length) {
    try {
      int done = cipher.update(bytes, offset, length, bytes, offset);
      if (done != length) {
        throw new IllegalArgumentException("not whole blocks: " + length + " bytes");
      }
    } catch (ShortBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The JDK offers no way to erase a key schedule; another key takes its place. */
  @Override
  public void wipe() {
    byte[] zeroes = new byte[keyBytes];
    SecretKeySpec nothing = new SecretKeySpec(zeroes, "AES");
    try {
      encrypting.init(Cipher.ENCRYPT_MODE, nothing);
      decrypting.init(Cipher.DECRYPT_MODE, nothing);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    Arrays.fill(zeroes, (byte) 0);
  }
}
