package io.diskformat.iso.disc;

/** A constant that reading and making discs share. */
public final class Disc {
  /** The length of a logical sector, in bytes. */
  public static final int SECTOR = 2048;

  private Disc() {}
}
