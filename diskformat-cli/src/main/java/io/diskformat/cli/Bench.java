package io.diskformat.cli;

/**
 * Requests at a constant distance from each other, as {@code qemu-img bench} makes them.
 *
 * @param write whether they are writes
 * @param count how many there are
 * @param depth how many may be in progress at once
 * @param offset where the first one begins, in bytes
 * @param length how long each is, in bytes
 * @param step how many bytes each begins after the one before; beyond the end of the disk, at its
 *     start again
 * @param flushInterval a flush is made whenever the number of requests that are left is a multiple
 *     of this; 0 for none
 * @param drain whether no request is in progress during a flush
 * @param pattern the byte that is written
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
