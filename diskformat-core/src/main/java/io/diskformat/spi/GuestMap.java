package io.diskformat.spi;

import java.io.IOException;

/**
 * A format's answer to where a guest's bytes live. The hot path of every read: an implementation
 * looks its tables up in the mapped image, without lock, cache or allocation.
 *
 * <p>Safe for use by many threads at once. Called within {@link io.diskformat.storage.Faults}'
 * protocol: an implementation uses the unfenced reads of its storage and lets what they throw pass.
 */
public abstract class GuestMap {
  private final long unit;
  private final long compressedUnit;

  /**
   * For subclasses.
   *
   * @param unit how many bytes at a time are located: within each aligned run of so many, adjacent
   *     bytes are stored adjacently and alike; a power of two
   * @param compressedUnit how many bytes at a time are compressed; a power of two
   */
  protected GuestMap(long unit, long compressedUnit) {
    this.unit = unit;
    this.compressedUnit = compressedUnit;
  }

  /** Returns how many bytes at a time are located. */
  public final long unit() {
    return unit;
  }

  /** Returns how many bytes at a time are compressed. */
  public final long compressedUnit() {
    return compressedUnit;
  }

  /**
   * Returns where a byte lives, as {@link Location} packs it.
   *
   * @param offset of a byte of the disk
   * @throws io.diskformat.CorruptImageException if the tables make no sense there
   */
  public abstract long locate(long offset) throws IOException;

  /**
   * Returns how many bytes from {@code offset} on are known without a further lookup to be holes,
   * given that {@code offset} is one: at least to the end of its unit.
   */
  public long holeLength(long offset) throws IOException {
    return unit - (offset & unit - 1);
  }

  /**
   * Decompresses the whole compressed unit that holds a byte.
   *
   * @param offset of a byte whose location was told as {@link Location#COMPRESSED}
   * @param target has {@link #compressedUnit()} bytes, all of which are set
   * @throws io.diskformat.CorruptImageException if what is stored does not decompress to as many
   */
  public abstract void decompress(long offset, byte[] target) throws IOException;

  /**
   * Returns whether this image's data may lie over holes of its host file in bulk, so that it pays
   * to ask the host about them. Asked rarely, and not within {@link io.diskformat.storage.Faults}'
   * protocol.
   */
  public boolean expectsHostHoles() throws IOException {
    return false;
  }
}
