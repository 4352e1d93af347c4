package io.diskformat.device;

import io.diskformat.storage.Storage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A device some of whose bytes are those of a storage, as they are: so the host can copy them out
 * of its file.
 */
public interface PlainBytes {
  /**
   * A range of a storage.
   *
   * @param storage which stays its owner's
   * @param position where the range begins, in bytes
   * @param length in bytes
   */
  record Range(Storage storage, long position, long length) {}

  /**
   * Returns where the bytes from an offset on are, as far as they are in one place.
   *
   * @param offset of a byte of the device
   * @return the place, or null if the byte is in none
   * @throws IndexOutOfBoundsException if there is no such byte
   * @throws IOException if the device is closed
   */
  @Nullable Range plainAt(long offset) throws IOException;
}
