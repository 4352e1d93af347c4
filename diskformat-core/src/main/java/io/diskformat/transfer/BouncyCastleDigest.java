package io.diskformat.transfer;

import java.security.MessageDigest;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.Blake2bDigest;
import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.bouncycastle.crypto.digests.Blake3Digest;
import org.bouncycastle.crypto.digests.RIPEMD160Digest;
import org.bouncycastle.crypto.digests.SM3Digest;

/**
 * An algorithm of Bouncy Castle as a {@link MessageDigest}, so that Bouncy Castle need not be
 * registered as a provider.
 */
final class BouncyCastleDigest extends MessageDigest {
  private final Digest digest;

  private BouncyCastleDigest(Digest digest) {
    super(digest.getAlgorithmName());
    this.digest = digest;
  }

  static MessageDigest blake2b(int bits) {
    return new BouncyCastleDigest(new Blake2bDigest(bits));
  }

  static MessageDigest blake2s(int bits) {
    return new BouncyCastleDigest(new Blake2sDigest(bits));
  }

  static MessageDigest blake3() {
    return new BouncyCastleDigest(new Blake3Digest());
  }

  static MessageDigest ripemd160() {
    return new BouncyCastleDigest(new RIPEMD160Digest());
  }

  static MessageDigest sm3() {
    return new BouncyCastleDigest(new SM3Digest());
  }

  @Override
  protected int engineGetDigestLength() {
    return digest.getDigestSize();
  }

  @Override
  protected void engineUpdate(byte input) {
    digest.update(input);
  }

  @Override
  protected void engineUpdate(byte[] input, int offset, int length) {
    digest.update(input, offset, length);
  }

  @Override
  protected byte[] engineDigest() {
    byte[] result = new byte[digest.getDigestSize()];
    digest.doFinal(result, 0);
    return result;
  }

  @Override
  protected void engineReset() {
    digest.reset();
  }
}
