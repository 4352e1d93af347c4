package io.diskformat.device;

import io.diskformat.BlockDevice;
import java.io.IOException;

/**
 * A device that stores bytes as they are, in some places at least: so the host can copy them there
 * from another file.
 */
public interface PlainTarget extends BlockDevice {
  /**
   * Copies bytes of another device here by means of the host, without their passing through this
   * process, as far as it can do that. Within one file system they may be shared and not copied.
   *
   * @param source where the bytes are
   * @param offset where they go, in bytes
   * @param length how many, at most as many as the range has
   * @return how many bytes from the range's start on were copied, which may be none; then the disk
   *     has not changed
   * @throws IndexOutOfBoundsException if the range ends beyond the disk, or has fewer bytes
   * @throws UnsupportedOperationException if the device is not writable
   * @throws IOException if one of the two is closed, or this one's file is full
   */
  long copyFrom(PlainBytes.Range source, long offset, long length) throws IOException;
}
