package io.diskformat.crypto;

/**
 * A block cipher with its key, applied to each block by itself. The modes are built on that: a call
 * for many blocks at once is as fast as the processor allows. Not thread-safe.
 */
interface BlockCipher {
  /** Returns the size of a block, in bytes. */
  int blockSize();

  /** Encrypts whole blocks in place. */
  void encrypt(byte[] bytes, int offset, int length);

  /** Decrypts whole blocks in place. */
  void decrypt(byte[] bytes, int offset, int length);

  /** Forgets the key, as far as the implementation allows; the cipher is of no more use. */
  void wipe();
}
