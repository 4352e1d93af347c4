package io.diskformat.crypto;

/**
 * The XTS mode of IEEE 1619: before and after its encryption, each block is combined with a tweak.
 * That of a sector's first block is its encrypted number; each further one is the one before,
 * multiplied by x in a field of 2 to the power of 128 elements.
 */
final class XtsCipher extends SectorCipher {
  private static final int BLOCK = 16;

  /** The terms of lower degree of the polynomial that reduces x to the power of 128. */
  private static final long REDUCTION = 0x87;

  private final BlockCipher data;
  private final BlockCipher tweak;
  private final IvGenerator numbers;
  private final byte[] first = new byte[MOST * BLOCK];
  private final long[] tweaks = new long[MOST * SECTOR / Long.BYTES];

  XtsCipher(BlockCipher data, BlockCipher tweak, IvGenerator numbers) {
    this.data = data;
    this.tweak = tweak;
    this.numbers = numbers;
  }

  @Override
  void encryptSome(long sector, int sectors, byte[] bytes, int offset) {
    makeTweaks(sector, sectors);
    combine(sectors, bytes, offset);
    data.encrypt(bytes, offset, sectors * SECTOR);
    combine(sectors, bytes, offset);
  }

  @Override
  void decryptSome(long sector, int sectors, byte[] bytes, int offset) {
    makeTweaks(sector, sectors);
    combine(sectors, bytes, offset);
    data.decrypt(bytes, offset, sectors * SECTOR);
    combine(sectors, bytes, offset);
  }

  private void makeTweaks(long sector, int sectors) {
    numbers.fill(sector, sectors, first, BLOCK);
    tweak.encrypt(first, 0, sectors * BLOCK);
    int at = 0;
    for (int i = 0; i < sectors; i++) {
      long low = get(first, i * BLOCK);
      long high = get(first, i * BLOCK + Long.BYTES);
      for (int block = 0; block < SECTOR / BLOCK; block++) {
        tweaks[at++] = low;
        tweaks[at++] = high;
        long carry = high >> 63 & REDUCTION;
        high = high << 1 | low >>> 63;
        low = low << 1 ^ carry;
      }
    }
  }

  private void combine(int sectors, byte[] bytes, int offset) {
    int count = sectors * (SECTOR / Long.BYTES);
    for (int i = 0; i < count; i++) {
      xor(bytes, offset + i * Long.BYTES, tweaks[i]);
    }
  }

  @Override
  public void wipe() {
    data.wipe();
    tweak.wipe();
    numbers.wipe();
    java.util.Arrays.fill(tweaks, 0);
  }
}
