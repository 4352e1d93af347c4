package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says where a range of a disk is stored: in which parts of which files, and in what. */
public final class Places {
  private Places() {}

  /**
   * Returns where a difference is stored, as far as it is within the disk.
   *
   * @param most how many places at most
   * @return the places, in ascending order of their offsets; adjacent ones that are stored one
   *     after the other are one
   * @throws io.diskformat.DiskFormatException if the tables of the disk are corrupt there
   * @throws IOException if the tables cannot be read
   */
  public static List<Place> of(BlockDevice device, Difference difference, int most)
      throws IOException {
    return of(device, difference.offset(), difference.length(), most);
  }

  /**
   * Returns where a range is stored, as far as it is within the disk. See {@link #of(BlockDevice,
   * Difference, int)}.
   *
   * @param offset of the range on the disk, in bytes
   * @param length of the range, in bytes
   * @throws IOException if the tables cannot be read
   */
  public static List<Place> of(BlockDevice device, long offset, long length, int most)
      throws IOException {
    long end = Math.min(offset + length, device.size());
    List<Place> places = new ArrayList<>();
    Place last = null;
    for (long at = offset; at < end; ) {
      Place found = device.placeOf(at);
      Place place = found.withLength(Math.min(found.length(), end - at));
      at = place.end();
      Place joined = last == null ? null : joined(last, place);
      if (joined != null) {
        last = joined;
        continue;
      }
      if (last != null) {
        places.add(last);
      }
      last = places.size() < most ? place : null;
      if (last == null) {
        break;
      }
    }
    if (last != null) {
      places.add(last);
    }
    return places;
  }

  private static @Nullable Place joined(Place one, Place next) {
    boolean alike =
        one.structure().equals(next.structure())
            && one.depth() == next.depth()
            && (one.file() == null ? next.file() == null : one.file().equals(next.file()));
    // Of compressed data a stream is one place, however long the run of the disk.
    boolean follows =
        one.position() < 0
            ? next.position() < 0
            : !one.isCompressed() && one.position() + one.length() == next.position();
    return alike && follows ? one.withLength(one.length() + next.length()) : null;
  }
}
