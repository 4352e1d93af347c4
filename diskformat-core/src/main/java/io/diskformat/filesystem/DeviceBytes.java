package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The device from which the structures of a file system are read, by positions in bytes. Recorded
 * lengths and positions are checked against its size before anything is read or allocated for them.
 * Thread-safe.
 *
 * @param device stays its owner's
 */
public record DeviceBytes(BlockDevice device) {

  /** Returns the name of the device in error messages. */
  public String name() {
    return device.toString();
  }

  /** Returns the size of the device in bytes. */
  public long size() {
    return device.size();
  }

  /**
   * Reads bytes of a structure; numbers have their lowest byte first.
   *
   * @param structure as errors name it
   * @throws CorruptImageException if they are not all on the device
   * @throws IOException if they cannot be read
   */
  public ByteBuffer read(long position, int length, String structure) throws IOException {
    check(position, length, structure);
    byte[] bytes = new byte[length];
    device.read(position, MemorySegment.ofArray(bytes));
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Returns the bytes of a buffer that {@link #read} returned, which are not copied.
   *
   * @throws IllegalArgumentException if it is another buffer, and of a part of an array
   */
  public static byte[] bytesOf(ByteBuffer read) {
    byte[] bytes = read.array();
    if (read.arrayOffset() != 0 || bytes.length != read.capacity()) {
      throw new IllegalArgumentException("a buffer over a part of an array");
    }
    return bytes;
  }

  /**
   * Checks that a range is on the device.
   *
   * @param position in bytes
   * @param length in bytes, not negative
   * @param structure as errors name it
   * @throws CorruptImageException if it is not
   */
  public void check(long position, long length, String structure) throws CorruptImageException {
    if (position < 0) {
      throw corrupt(structure, position, "is not on the device");
    }
    if (length > size() || position > size() - length) {
      String beyond = Long.toUnsignedString(position + length - size());
      throw corrupt(structure, position, "ends " + beyond + " bytes beyond the end of the device");
    }
  }

  /** Returns the exception for a structure that cannot be right. */
  public CorruptImageException corrupt(String structure, long position, String problem) {
    return new CorruptImageException(name(), structure, position, problem);
  }
}
