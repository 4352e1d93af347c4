package io.diskformat.iso.build;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One file in a directory. Of a file that is too long for one record, as many sections as it takes,
 * each of which is recorded as a file of the same name.
 *
 * <pre>
 * offset  size  field
 *    0      1   length of the record, an even number
 *    2      8   block, in both byte orders
 *   10      8   size of the content in bytes, in both byte orders
 *   18      7   time
 *   25      1   flags: 2 directory, 128 another section follows
 *   28      4   number of the disc in its set, in both byte orders
 *   32      1   length of the name
 *   33          name; a byte if its length is even; system use
 * </pre>
 */
final class DiscRecord {
  static final int DIRECTORY = 2;
  private static final int CONTINUED = 128;
  private static final int HEAD = 33;
  private static final int LONGEST = 254;

  /** As long as a section can be whose end is that of a block. */
  static final long SECTION = 0xffff_f800L;

  private final byte[] name;
  private final int flags;
  private final Instant time;
  private final Extent extent;
  private final SystemUseArea.Placed use;

  /** Where the first entry of its system use leads, if it leads to a directory. */
  private final @Nullable Extent led;

  /**
   * Makes a record.
   *
   * @param name the bytes of its name
   * @param flags 0, or that it is a directory
   * @param use as {@link SystemUseArea#place(java.util.List, int)} returns it for {@link #room}
   * @param led where the first entry of its system use leads, or null if that is none that does
   */
  DiscRecord(
      byte[] name,
      int flags,
      Instant time,
      Extent extent,
      SystemUseArea.Placed use,
      @Nullable Extent led) {
    this.name = name;
    this.flags = flags;
    this.time = time;
    this.extent = extent;
    this.use = use;
    this.led = led;
  }

  /** Returns how many bytes of system use find room behind a name. */
  static int room(byte[] name) {
    return LONGEST - start(name);
  }

  private static int start(byte[] name) {
    return HEAD + name.length + (name.length + 1) % 2;
  }

  private int length() {
    return start(name) + use.size();
  }

  private long sections() {
    return Math.max(1, (extent.size() + SECTION - 1) / SECTION);
  }

  /** Returns the position behind this record, if it follows one that ends at a position. */
  long after(long position) {
    long at = position;
    for (long left = sections(); left > 0; left--) {
      at = start(at) + length();
    }
    return at;
  }

  /** No record crosses from one block to the next. */
  private long start(long position) {
    long left = DiscFields.BLOCK - position % DiscFields.BLOCK;
    return length() > left ? position + left : position;
  }

  /**
   * Writes all sections.
   *
   * @param area that has the rest of its system use, or null if there is none anywhere
   */
  void write(ImageOutput out, @Nullable SystemUseArea area) throws IOException {
    byte[] inline = area == null ? new byte[0] : area.inline(use);
    long block = extent.block();
    long left = extent.size();
    for (long more = sections() - 1; more >= 0; more--) {
      long size = Math.min(left, SECTION);
      out.zeroesTo(start(out.position()));
      out.write(section(inline, block, size, more > 0).array(), length());
      block += DiscFields.blocks(size);
      left -= size;
    }
  }

  private ByteBuffer section(byte[] inline, long block, long size, boolean continued) {
    ByteBuffer to = DiscFields.buffer(length());
    writeHead(to, 0, length(), name, block, size, time, continued ? flags | CONTINUED : flags);
    int at = start(name);
    to.put(at, inline);
    if (led != null) {
      DiscFields.both32(to, at + 4, led.block());
    }
    return to;
  }

  /** Writes a record without system use. */
  static void writeHead(
      ByteBuffer to,
      int at,
      int length,
      byte[] name,
      long block,
      long size,
      Instant time,
      int flags) {
    to.put(at, (byte) length);
    DiscFields.both32(to, at + 2, block);
    DiscFields.both32(to, at + 10, size);
    DiscFields.time(to, at + 18, time);
    to.put(at + 25, (byte) flags);
    DiscFields.both16(to, at + 28, 1);
    to.put(at + 32, (byte) name.length);
    to.put(at + HEAD, name);
  }
}
