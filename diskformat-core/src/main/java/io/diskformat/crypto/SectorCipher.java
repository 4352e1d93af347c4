package io.diskformat.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Encrypts and decrypts sectors of 512 bytes, each by its number, in place. It takes a few sectors
 * at once: enough blocks for one call of the cipher, and few enough to stay in the processor's
 * cache. Not thread-safe.
 */
public abstract class SectorCipher {
  /** The size of a sector, in bytes. */
  public static final int SECTOR = 512;

  /** The largest number of sectors to take at once. */
  static final int MOST = 32;

  static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  SectorCipher() {}

  /**
   * Encrypts whole sectors.
   *
   * @param first the number of the first of them
   */
  public final void encrypt(long first, byte[] bytes, int offset, int length) {
    for (int done = 0; done < length; ) {
      int sectors = Math.min(MOST, (length - done) / SECTOR);
      encryptSome(first + done / SECTOR, sectors, bytes, offset + done);
      done += sectors * SECTOR;
    }
  }

  /**
   * Decrypts whole sectors.
   *
   * @param first the number of the first of them
   */
  public final void decrypt(long first, byte[] bytes, int offset, int length) {
    for (int done = 0; done < length; ) {
      int sectors = Math.min(MOST, (length - done) / SECTOR);
      decryptSome(first + done / SECTOR, sectors, bytes, offset + done);
      done += sectors * SECTOR;
    }
  }

  abstract void encryptSome(long first, int sectors, byte[] bytes, int offset);

  abstract void decryptSome(long first, int sectors, byte[] bytes, int offset);

  /** Forgets the keys; the cipher is of no more use. */
  public abstract void wipe();

  static long get(byte[] bytes, int at) {
    return (long) LONGS.get(bytes, at);
  }

  static void xor(byte[] bytes, int at, long mask) {
    LONGS.set(bytes, at, (long) LONGS.get(bytes, at) ^ mask);
  }
}
