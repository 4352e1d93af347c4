package io.diskformat.cli;

/**
 * Requests at a constant distance from each other, as {@code qemu-img bench} makes them.
 *
 * @param write whether they are writes
 * @param count how many there are
 * @param depth how many may be under way at once
 * @param offset where the first one begins, in bytes
 * @param length how long each is, in bytes
 * @param step how far each begins from the one before, in bytes; past the end of the disk it goes
 *     on from its start
 * @param flushInterval a flush is made whenever the number of requests that are left is a multiple
 *     of this; 0 for none
 * @param drain whether nothing is under way during a flush
 * @param pattern what is written
 */
record Bench(
    boolean write,
    int count,
    int depth,
    long offset,
    int length,
    int step,
    int flushInterval,
    boolean drain,
    byte pattern) {

  /** Returns what is going to be done, as qemu-img says it. */
  String description() {
    return "Sending "
        + count
        + (write ? " write" : " read")
        + " requests, "
        + length
        + " bytes each, "
        + depth
        + " in parallel (starting at offset "
        + offset
        + ", step size "
        + step
        + ")";
  }
}
