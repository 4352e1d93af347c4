package io.diskformat.imageservice;

import java.io.IOException;

/**
 * Room for an upload, more of which is reserved while it comes if its size is not known. Not
 * thread-safe.
 */
final class Reservation {
  /** How much more is reserved at once than has come, in bytes, and which part of that. */
  private static final long STEP = 8 << 20;

  private static final int PART = 8;

  private final Quotas quotas;
  private final Claims.Claim claim;
  private final int stores;
  private long reserved;

  private Reservation(Quotas quotas, Claims.Claim claim, int stores) {
    this.quotas = quotas;
    this.claim = claim;
    this.stores = stores;
  }

  /**
   * Reserves room.
   *
   * @param size how many bytes come, or a negative number
   * @param stores how many are to keep them
   */
  static Reservation of(Quotas quotas, Claims.Claim claim, long size, int stores)
      throws IOException {
    Reservation reservation = new Reservation(quotas, claim, stores);
    if (size >= 0) {
      long all = Math.multiplyExact(size, stores);
      reservation.reserved = quotas.reserve(claim, all, all);
    }
    return reservation;
  }

  /**
   * Sees to it that there is room for what has come.
   *
   * @param size how many bytes have come
   * @throws ImageServiceException if there is none
   */
  void use(long size) throws IOException {
    long all = Math.multiplyExact(size, stores);
    if (all > reserved) {
      reserved = quotas.reserve(claim, all, all + Math.max(STEP, all / PART));
    }
  }
}
