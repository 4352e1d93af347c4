package io.diskformat.qcow2;

/**
 * Where an L1 table is: that of the disk, or of a snapshot.
 *
 * @param offset in the file, in bytes
 * @param entries how many entries it has
 */
record L1Table(long offset, int entries) {}
