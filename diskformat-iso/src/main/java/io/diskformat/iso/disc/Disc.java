package io.diskformat.iso.disc;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The disc that structures are read from, by positions in bytes. What is recorded of lengths and
 * places is checked against its size before anything is read or made for it.
 *
 * @param device stays its owner's
 */
public record Disc(BlockDevice device) {
  /** Of a logical sector, in bytes: what the disc reads at once. */
  public static final int SECTOR = 2048;

  /** Returns what errors call the disc. */
  public String name() {
    return device.toString();
  }

  public long size() {
    return device.size();
  }

  /**
   * Reads bytes of a structure; numbers have their lowest byte first.
   *
   * @param structure as errors name it
   * @throws CorruptImageException if they are not all on the disc
   */
  public ByteBuffer read(long position, int length, String structure) throws IOException {
    check(position, length, structure);
    byte[] bytes = new byte[length];
    device.read(position, MemorySegment.ofArray(bytes));
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Checks that a range is on the disc.
   *
   * @throws CorruptImageException if it is not
   */
  public void check(long position, long length, String structure) throws CorruptImageException {
    if (length > size() || position > size() - length) {
      throw corrupt(
          structure,
          position,
          "ends " + (position + length - size()) + " bytes beyond the end of the disc");
    }
  }

  /** Returns the exception for a structure that cannot be right. */
  public CorruptImageException corrupt(String structure, long position, String problem) {
    return new CorruptImageException(name(), structure, position, problem);
  }
}
