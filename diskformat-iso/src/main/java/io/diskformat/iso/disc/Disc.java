package io.diskformat.iso.disc;

/** What all that reads or makes a disc has in common. */
public final class Disc {
  /** Of a logical sector, in bytes: what the disc reads at once. */
  public static final int SECTOR = 2048;

  private Disc() {}
}
