package io.diskformat.iso;

import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the sessions of a disc begin. A disc that was added to has several, each with volume
 * descriptors 16 sectors from its start, and all that was there before in its trees. A drive says
 * where they are; an image does not, so that they are looked for behind each other's ends.
 *
 * <pre>
 * as a drive writes them, and genisoimage:   session 1, from 0 | session 2 | session 3
 * xorriso, to a file:   descriptors of 3 at 16 | session 1, from 32 | session 2 | session 3
 * </pre>
 *
 * @param starts of all that were found, as sectors; of those of xorriso, the last has its
 *     descriptors at 16, too
 */
record Sessions(List<Long> starts) {
  private static final int DESCRIPTORS = 16;

  /** Where xorriso has the first session of an image that it can add to. */
  private static final int GROWN = 32;

  /** The most sessions that a disc can have. */
  private static final int MOST = 99;

  /** How far after the end of a session to look for the next: at each sector, and at each 16th. */
  private static final int NEAR = 300;

  private static final int FAR = 12_000;
  private static final int ALIGNED = 16;

  /** The position of the volume's size in a descriptor. */
  private static final int SIZE = 80;

  /** The position of the root directory's block in a descriptor. */
  private static final int ROOT = 158;

  /** Finds them. Reads a few bytes of each place where one might be. */
  static Sessions of(DeviceBytes disc) throws IOException {
    List<Long> starts = from(disc, 0);
    if (starts.size() == 1 && isSession(disc, GROWN)) {
      List<Long> grown = from(disc, GROWN);
      if (field(disc, 0, ROOT) == field(disc, grown.getLast(), ROOT)) {
        starts = grown;
      }
    }
    return new Sessions(List.copyOf(starts));
  }

  /**
   * Returns the start of a session as callers name it: by its number, counted from 1, or as {@code
   * last}.
   *
   * @throws IllegalArgumentException if it is neither
   * @throws DiskFormatException if the disc has not as many
   */
  long start(DeviceBytes disc, String name) throws DiskFormatException {
    if (name.equals("last")) {
      return last();
    }
    if (!name.matches("[1-9][0-9]{0,3}")) {
      throw new IllegalArgumentException(
          "session is \"" + name + "\", but may be a number from 1 on, or last");
    }
    int number = Integer.parseInt(name);
    if (number > starts.size()) {
      throw new DiskFormatException(
          disc.name() + ": has " + starts.size() + " sessions, and no session " + number);
    }
    return starts.get(number - 1);
  }

  long last() {
    return starts.getLast();
  }

  private static List<Long> from(DeviceBytes disc, long first) throws IOException {
    List<Long> starts = new ArrayList<>(List.of(first));
    while (starts.size() < MOST) {
      long next = after(disc, starts.getLast());
      if (next < 0) {
        break;
      }
      starts.add(next);
    }
    return starts;
  }

  private static long after(DeviceBytes disc, long session) throws IOException {
    // A size of 0, or of all ones, is unknown.
    long size = field(disc, session, SIZE);
    long end = session + size;
    if (size <= DESCRIPTORS) {
      return -1;
    }
    for (long at = end; at < end + FAR; at += at < end + NEAR ? 1 : ALIGNED - at % ALIGNED) {
      if (isSession(disc, at)) {
        return at;
      }
      if ((at + DESCRIPTORS) * Disc.SECTOR >= disc.size()) {
        break;
      }
    }
    return -1;
  }

  /**
   * Returns whether there are volume descriptors, whose root is inside of the session: that of an
   * image which was put behind another is elsewhere, as it counts blocks from its own start.
   */
  private static boolean isSession(DeviceBytes disc, long start) throws IOException {
    long position = (start + DESCRIPTORS) * Disc.SECTOR;
    if (position + Disc.SECTOR > disc.size()) {
      return false;
    }
    ByteBuffer mark = disc.read(position, Long.BYTES, "volume descriptor");
    if (mark.get(0) != VolumeDescriptor.TYPE_PRIMARY || !VolumeDescriptor.isMarked(mark)) {
      return false;
    }
    return start == 0 || field(disc, start, ROOT) >= start + DESCRIPTORS;
  }

  private static long field(DeviceBytes disc, long session, int at) throws IOException {
    long position = (session + DESCRIPTORS) * Disc.SECTOR + at;
    return Integer.toUnsignedLong(disc.read(position, Integer.BYTES, "volume descriptor").getInt());
  }
}
