package io.diskformat.crypto;

/** The ECB mode: each block by itself, so that equal blocks look equal. */
final class EcbCipher extends SectorCipher {
  private final BlockCipher cipher;

  EcbCipher(BlockCipher cipher) {
    this.cipher = cipher;
  }

  @Override
  void encryptSome(long first, int sectors, byte[] bytes, int offset) {
    cipher.encrypt(bytes, offset, sectors * SECTOR);
  }

  @Override
  void decryptSome(long first, int sectors, byte[] bytes, int offset) {
    cipher.decrypt(bytes, offset, sectors * SECTOR);
  }

  @Override
  public void wipe() {
    cipher.wipe();
  }
}
