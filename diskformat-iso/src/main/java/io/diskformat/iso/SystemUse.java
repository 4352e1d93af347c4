package io.diskformat.iso;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The entries of the System Use Sharing Protocol in what follows a name in its record. What finds
 * no room there goes on elsewhere.
 *
 * <pre>
 * entry                                 SP, first of the root's       CE, goes on elsewhere
 *  0  2  signature, two letters          4  2  mark, BE EF             4  8  block
 *  2  1  length of the entry, from 4     6  1  bytes to skip in        12  8  offset there
 *  3  1  version                               all other areas        20  8  length
 *  4     data                           ST, last of its area
 * </pre>
 *
 * <p>Numbers are in both byte orders. What does not look like an entry ends its area: some fill it
 * up with something.
 */
final class SystemUse {
  static final String SHARED = "SP";
  static final String CONTINUED = "CE";
  static final String TERMINATED = "ST";
  static final int DATA = 4;

  private static final int SKIP = 6;
  private static final int CONTINUED_LENGTH = 28;

  /** The most areas to follow, as in Linux. */
  private static final int MOST_AREAS = 32;

  /** The most bytes of all areas of one record. */
  private static final int MOST_BYTES = 1 << 16;

  private final DeviceBytes disc;
  private final int blockSize;
  private final long position;

  private ByteBuffer area;
  private int at;
  private int entry;
  private int length;
  private @Nullable Next next;
  private int areas;
  private int bytes;

  /** The area in which entries go on. */
  private record Next(long position, long length) {}

  /**
   * Begins with the first entry of a record.
   *
   * @param skip how many bytes are somebody else's
   */
  SystemUse(DeviceBytes disc, int blockSize, DirectoryRecord record, int skip) {
    this.disc = disc;
    this.blockSize = blockSize;
    this.position = record.position();
    // This reads the record's own bytes: another buffer for each file would be half the cost of a
    // listing.
    this.area = record.bytes();
    this.at = record.systemUseStart() + skip;
  }

  /**
   * Returns how many bytes of each record are somebody else's, given that of the root itself; or -1
   * if the disc does not use the protocol.
   */
  static int skipped(DirectoryRecord rootItself) {
    ByteBuffer area = rootItself.systemUse();
    // On discs of CD-ROM XA, its own 14 bytes come first.
    for (int at : new int[] {0, 14}) {
      if (at + SKIP < area.limit()
          && area.get(at) == 'S'
          && area.get(at + 1) == 'P'
          && area.get(at + DATA) == (byte) 0xbe
          && area.get(at + DATA + 1) == (byte) 0xef) {
        return Byte.toUnsignedInt(area.get(at + SKIP));
      }
    }
    return -1;
  }

  /**
   * Goes to the next entry, and returns whether there is one.
   *
   * @throws CorruptImageException if an area is not on the disc, or there is no end of them
   */
  boolean next() throws IOException {
    while (true) {
      if (!inArea()) {
        if (next == null) {
          return false;
        }
        goOn(next);
      } else if (is(CONTINUED)) {
        if (length >= CONTINUED_LENGTH) {
          next = continuation();
        }
      } else {
        return true;
      }
    }
  }

  /** Returns what the present entry is in; numbers have their lowest byte first. */
  ByteBuffer area() {
    return area;
  }

  /** Returns where it begins there. */
  int entry() {
    return entry;
  }

  /** Returns its length. */
  int length() {
    return length;
  }

  private boolean is(String signature) {
    return area.get(entry) == signature.charAt(0) && area.get(entry + 1) == signature.charAt(1);
  }

  private boolean inArea() {
    entry = at;
    if (at + DATA > area.limit() || !isLetter(area.get(at)) || !isLetter(area.get(at + 1))) {
      return false;
    }
    length = Byte.toUnsignedInt(area.get(at + 2));
    if (length < DATA || length > area.limit() - at) {
      return false;
    }
    // It ends its area, and a continuation is followed all the same.
    at = is(TERMINATED) ? area.limit() : at + length;
    return true;
  }

  private static boolean isLetter(byte b) {
    return (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
  }

  private Next continuation() {
    long block = Integer.toUnsignedLong(area.getInt(entry + 4));
    long offset = Integer.toUnsignedLong(area.getInt(entry + 12));
    return new Next(block * blockSize + offset, Integer.toUnsignedLong(area.getInt(entry + 20)));
  }

  private void goOn(Next where) throws IOException {
    areas++;
    if (areas > MOST_AREAS || where.length() > MOST_BYTES - bytes) {
      throw disc.corrupt(
          "directory record",
          position,
          "its system use goes on for more than "
              + (areas > MOST_AREAS ? MOST_AREAS + " areas" : MOST_BYTES + " bytes"));
    }
    bytes += (int) where.length();
    area = disc.read(where.position(), (int) where.length(), "continuation of system use");
    at = 0;
    next = null;
  }
}
