package io.diskformat.crypto;

/** A hash, keyed or not, while it is computed. Not thread-safe. */
interface Hash {
  /** Adds bytes to what is hashed. */
  void update(byte[] bytes, int offset, int count);

  /** Returns the hash, and begins anew. */
  byte[] finish();
}
