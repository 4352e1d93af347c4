package io.diskformat.filesystem;

/**
 * A run of a file's bytes, and where it is on the device.
 *
 * @param offset on the device, in bytes; or {@link #NOWHERE}
 * @param length in bytes
 */
public record ByteRange(long offset, long length) {
  /** The offset of bytes that read as zeroes and are stored nowhere. */
  public static final long NOWHERE = -1;

  /** Returns whether the bytes are stored nowhere, and read as zeroes. */
  public boolean isHole() {
    return offset == NOWHERE;
  }

  /** Returns the bytes of the file that are stored nowhere. */
  public static ByteRange hole(long length) {
    return new ByteRange(NOWHERE, length);
  }
}
