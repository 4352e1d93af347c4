package io.diskformat.testing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Content of a disk that looks random, and of which every sector of 512 bytes says where it
 * belongs: it begins with a seed and its number, and the rest follows from these. {@link #describe}
 * identifies a sector that is in the wrong place, or of another time.
 */
public final class RandomContent {
  /** The size of a sector, in bytes. */
  public static final int SECTOR = 512;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private RandomContent() {}

  /**
   * Returns the content of a range of a disk.
   *
   * @param seed decides the content
   * @param offset where the range begins; any byte
   */
  public static byte[] of(long seed, long offset, int length) {
    int before = (int) (offset % SECTOR);
    byte[] whole = new byte[(before + length + SECTOR - 1) / SECTOR * SECTOR];
    for (int at = 0; at < whole.length; at += SECTOR) {
      fillSector(seed, (offset - before + at) / SECTOR, whole, at);
    }
    return before == 0 && whole.length == length
        ? whole
        : Arrays.copyOfRange(whole, before, before + length);
  }

  /**
   * Sets one sector.
   *
   * @param sector its number on the disk
   * @param target the array that gets the sector, from {@code at} on
   */
  public static void fillSector(long seed, long sector, byte[] target, int at) {
    LONG.set(target, at, seed);
    LONG.set(target, at + Long.BYTES, sector);
    long state = mix(mix(seed) ^ sector);
    for (int i = 2 * Long.BYTES; i < SECTOR; i += Long.BYTES) {
      state += 0x9E3779B97F4A7C15L;
      LONG.set(target, at + i, mix(state));
    }
  }

  private static long mix(long value) {
    long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  /** Returns what a sector holds, for a message: seed and number, zeroes, or neither. */
  public static String describe(byte[] bytes, int at) {
    byte[] sector = Arrays.copyOfRange(bytes, at, at + SECTOR);
    if (Arrays.equals(sector, new byte[SECTOR])) {
      return "zeroes";
    }
    long seed = (long) LONG.get(sector, 0);
    long number = (long) LONG.get(sector, Long.BYTES);
    byte[] expected = new byte[SECTOR];
    fillSector(seed, number, expected, 0);
    int wrong = Arrays.mismatch(expected, sector);
    if (wrong < 0) {
      return "sector " + number + " of seed " + seed;
    }
    return wrong < 2 * Long.BYTES + Long.BYTES
        ? "bytes that begin 0x%016x".formatted(seed)
        : "sector " + number + " of seed " + seed + ", but only up to byte " + wrong;
  }
}
