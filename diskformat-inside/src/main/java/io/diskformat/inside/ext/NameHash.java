package io.diskformat.inside.ext;

import java.nio.ByteBuffer;

/**
 * The hash of a name by which a directory's index finds it. Which one it is, the directory says;
 * the superblock says whether bytes of names have a sign.
 */
final class NameHash {
  private static final int LEGACY = 0;
  private static final int HALF_MD4 = 1;
  private static final int TEA = 2;
  private static final int UNSIGNED = 3;
  private static final int SEED_AT = 0xEC;
  private static final int FLAGS_AT = 0x160;
  private static final int UNSIGNED_FLAG = 2;

  /** The last there could be marks the end of a directory. */
  private static final int END = 0xFFFFFFFE;

  private final int kind;
  private final boolean signed;
  private final int[] seed;

  private NameHash(int kind, boolean signed, int[] seed) {
    this.kind = kind;
    this.signed = signed;
    this.seed = seed;
  }

  /** Returns whether a version that a directory says is one of these. */
  static boolean isKnown(int version) {
    return version >= LEGACY && version <= TEA + UNSIGNED;
  }

  /**
   * Returns the hash of a directory.
   *
   * @param superblock all of it
   * @param version what the directory says
   */
  static NameHash of(ByteBuffer superblock, int version) {
    int[] seed = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
    boolean own = false;
    for (int i = 0; i < seed.length; i++) {
      own |= superblock.getInt(SEED_AT + i * Integer.BYTES) != 0;
    }
    for (int i = 0; own && i < seed.length; i++) {
      seed[i] = superblock.getInt(SEED_AT + i * Integer.BYTES);
    }
    boolean unsigned = version >= UNSIGNED || (superblock.getInt(FLAGS_AT) & UNSIGNED_FLAG) != 0;
    return new NameHash(version % UNSIGNED, !unsigned, seed);
  }

  /** Returns the hash of a name, as a number without a sign; its lowest bit is clear. */
  long of(byte[] name) {
    int hash =
        switch (kind) {
          case HALF_MD4 -> halfMd4(name);
          case TEA -> tea(name);
          default -> legacy(name);
        };
    hash &= ~1;
    return Integer.toUnsignedLong(hash == END ? END - 2 : hash);
  }

  private int character(byte[] name, int index) {
    return signed ? name[index] : name[index] & 0xFF;
  }

  private int legacy(byte[] name) {
    int hash = 0x12A3FE2D;
    int before = 0x37ABE8F9;
    for (int i = 0; i < name.length; i++) {
      int next = before + (hash ^ character(name, i) * 7152373);
      if (next < 0) {
        next -= 0x7FFFFFFF;
      }
      before = hash;
      hash = next;
    }
    return hash << 1;
  }

  /** Fills words with what follows in a name from an index on, and then with how much that is. */
  private void fill(byte[] name, int from, int[] words) {
    int length = name.length - from;
    int padding = length & 0xFF;
    padding |= padding << 8;
    padding |= padding << 16;
    int some = Math.min(length, words.length * Integer.BYTES);
    for (int i = 0; i < words.length; i++) {
      int value = padding;
      for (int at = i * Integer.BYTES; at < Math.min(some, (i + 1) * Integer.BYTES); at++) {
        value = (value << 8) + character(name, from + at);
      }
      words[i] = value;
    }
  }

  private int halfMd4(byte[] name) {
    int[] state = seed.clone();
    int[] words = new int[8];
    for (int at = 0; at < name.length; at += words.length * Integer.BYTES) {
      fill(name, at, words);
      halfMd4(state, words);
    }
    return state[1];
  }

  private static void halfMd4(int[] state, int[] in) {
    int[][] order = {{0, 1, 2, 3, 4, 5, 6, 7}, {1, 3, 5, 7, 0, 2, 4, 6}, {3, 7, 2, 6, 1, 5, 0, 4}};
    int[][] shifts = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
    int[] constants = {0, 0x5A827999, 0x6ED9EBA1};
    int a = state[0];
    int b = state[1];
    int c = state[2];
    int d = state[3];
    for (int round = 0; round < order.length; round++) {
      for (int i = 0; i < in.length; i++) {
        int mixed =
            switch (round) {
              case 0 -> d ^ (b & (c ^ d));
              case 1 -> (b & c) | (b & d) | (c & d);
              default -> b ^ c ^ d;
            };
        int next =
            Integer.rotateLeft(
                a + mixed + in[order[round][i]] + constants[round], shifts[round][i % 4]);
        a = d;
        d = c;
        c = b;
        b = next;
      }
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
  }

  private int tea(byte[] name) {
    int first = seed[0];
    int second = seed[1];
    int[] words = new int[4];
    for (int at = 0; at < name.length; at += words.length * Integer.BYTES) {
      fill(name, at, words);
      int a = first;
      int b = second;
      int sum = 0;
      for (int i = 0; i < 16; i++) {
        sum += 0x9E3779B9;
        a += ((b << 4) + words[0]) ^ (b + sum) ^ ((b >>> 5) + words[1]);
        b += ((a << 4) + words[2]) ^ (a + sum) ^ ((a >>> 5) + words[3]);
      }
      first += a;
      second += b;
    }
    return first;
  }
}
