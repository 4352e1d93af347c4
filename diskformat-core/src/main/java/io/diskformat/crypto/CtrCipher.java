package io.diskformat.crypto;

/**
 * The CTR mode: the bytes are combined with encrypted numbers, that of a sector's first block being
 * its initialization vector, counted on with the highest byte first.
 */
final class CtrCipher extends SectorCipher {
  private final BlockCipher cipher;
  private final IvGenerator vectors;
  private final int block;
  private final byte[] first;
  private final byte[] stream = new byte[MOST * SECTOR];

  CtrCipher(BlockCipher cipher, IvGenerator vectors) {
    this.cipher = cipher;
    this.vectors = vectors;
    this.block = cipher.blockSize();
    this.first = new byte[MOST * block];
  }

  @Override
  void encryptSome(long sector, int sectors, byte[] bytes, int offset) {
    vectors.fill(sector, sectors, first, block);
    int at = 0;
    for (int i = 0; i < sectors; i++) {
      for (int within = 0; within < SECTOR; within += block) {
        System.arraycopy(first, i * block, stream, at, block);
        countOn(i * block);
        at += block;
      }
    }
    cipher.encrypt(stream, 0, at);
    for (int i = 0; i < at; i += Long.BYTES) {
      xor(bytes, offset + i, get(stream, i));
    }
  }

  private void countOn(int start) {
    for (int i = start + block - 1; i >= start; i--) {
      if (++first[i] != 0) {
        return;
      }
    }
  }

  /** The same as encrypting. */
  @Override
  void decryptSome(long sector, int sectors, byte[] bytes, int offset) {
    encryptSome(sector, sectors, bytes, offset);
  }

  @Override
  public void wipe() {
    cipher.wipe();
    vectors.wipe();
    java.util.Arrays.fill(stream, (byte) 0);
  }
}
