package io.diskformat.crypto;

/**
 * The CBC mode: before its encryption, each block is combined with the encrypted one before it, and
 * a sector's first block with its initialization vector. Within a sector, one block must wait for
 * the other; so those at the same place of several sectors are encrypted at once.
 */
final class CbcCipher extends SectorCipher {
  private final BlockCipher cipher;
  private final IvGenerator vectors;
  private final int block;
  private final byte[] chain;
  private final byte[] encrypted = new byte[MOST * SECTOR];

  CbcCipher(BlockCipher cipher, IvGenerator vectors) {
    this.cipher = cipher;
    this.vectors = vectors;
    this.block = cipher.blockSize();
    this.chain = new byte[MOST * block];
  }

  @Override
  void encryptSome(long first, int sectors, byte[] bytes, int offset) {
    vectors.fill(first, sectors, chain, block);
    for (int within = 0; within < SECTOR; within += block) {
      for (int i = 0; i < sectors; i++) {
        combine(chain, i * block, bytes, offset + i * SECTOR + within);
      }
      cipher.encrypt(chain, 0, sectors * block);
      for (int i = 0; i < sectors; i++) {
        System.arraycopy(chain, i * block, bytes, offset + i * SECTOR + within, block);
      }
    }
  }

  @Override
  void decryptSome(long first, int sectors, byte[] bytes, int offset) {
    int length = sectors * SECTOR;
    System.arraycopy(bytes, offset, encrypted, 0, length);
    vectors.fill(first, sectors, chain, block);
    cipher.decrypt(bytes, offset, length);
    for (int at = 0; at < length; at += block) {
      if (at % SECTOR == 0) {
        combine(bytes, offset + at, chain, at / SECTOR * block);
      } else {
        combine(bytes, offset + at, encrypted, at - block);
      }
    }
  }

  private void combine(byte[] bytes, int at, byte[] others, int from) {
    for (int i = 0; i < block; i += Long.BYTES) {
      xor(bytes, at + i, get(others, from + i));
    }
  }

  @Override
  public void wipe() {
    cipher.wipe();
    vectors.wipe();
  }
}
