package io.diskformat.crypto;

import org.bouncycastle.crypto.digests.RIPEMD160Digest;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.KeyParameter;

/** RIPEMD-160, which the JDK lacks. */
final class BouncyCastleHash {
  private BouncyCastleHash() {}

  static Hash ripemd160() {
    RIPEMD160Digest digest = new RIPEMD160Digest();
    return new Hash() {
      @Override
      public void update(byte[] bytes, int offset, int count) {
        digest.update(bytes, offset, count);
      }

      @Override
      public byte[] finish() {
        byte[] hash = new byte[digest.getDigestSize()];
        digest.doFinal(hash, 0);
        return hash;
      }
    };
  }

  static Hash hmacRipemd160(byte[] key) {
    HMac mac = new HMac(new RIPEMD160Digest());
    mac.init(new KeyParameter(key));
    return new Hash() {
      @Override
      public void update(byte[] bytes, int offset, int count) {
        mac.update(bytes, offset, count);
      }

      @Override
      public byte[] finish() {
        byte[] hash = new byte[mac.getMacSize()];
        mac.doFinal(hash, 0);
        return hash;
      }
    };
  }
}
