package io.diskformat.testing;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * An entry of {@code qemu-img map --output=json}: a run of a disk that is stored in one way. {@link
 * #of} describes extents in the same terms, so that both can be compared.
 *
 * @param start the offset at which the run begins
 * @param length its length in bytes
 * @param depth the number of the layer that decides what it reads as, 0 for the image itself
 * @param present whether that layer has an entry for it
 * @param zero whether it is known to read as zeroes
 * @param data whether it is stored
 * @param offset the position of its data in the file, or -1
 */
public record MapEntry(
    long start, long length, int depth, boolean present, boolean zero, boolean data, long offset) {

  /** Returns what {@code qemu-img map --output=json} printed, equal neighbours merged. */
  public static List<MapEntry> parse(String json) {
    List<MapEntry> entries = new ArrayList<>();
    for (JsonElement element : JsonParser.parseString(json).getAsJsonArray()) {
      JsonObject entry = element.getAsJsonObject();
      entries.add(
          new MapEntry(
              entry.get("start").getAsLong(),
              entry.get("length").getAsLong(),
              entry.get("depth").getAsInt(),
              entry.get("present").getAsBoolean(),
              entry.get("zero").getAsBoolean(),
              entry.get("data").getAsBoolean(),
              entry.has("offset") ? entry.get("offset").getAsLong() : -1));
    }
    return merged(entries);
  }

  /** Returns the extents of a whole device, equal neighbours merged. */
  public static List<MapEntry> of(BlockDevice device) throws IOException {
    return of(device, 0, device.size());
  }

  /** Returns the extents of a range of a device, equal neighbours merged. */
  public static List<MapEntry> of(BlockDevice device, long rangeOffset, long rangeLength)
      throws IOException {
    List<MapEntry> entries = new ArrayList<>();
    ExtentCursor cursor = device.extents(rangeOffset, rangeLength);
    for (Extent extent; (extent = cursor.next()) != null; ) {
      entries.add(
          new MapEntry(
              extent.offset(),
              extent.length(),
              extent.depth(),
              extent.isPresent(),
              extent.readsAsZeroes(),
              extent.kind() == Extent.Kind.DATA,
              extent.hostOffset()));
    }
    return merged(entries);
  }

  /** Returns the parts of entries that are within a range. */
  public static List<MapEntry> within(List<MapEntry> entries, long rangeOffset, long rangeLength) {
    List<MapEntry> within = new ArrayList<>();
    for (MapEntry e : entries) {
      long from = Math.max(e.start, rangeOffset);
      long to = Math.min(e.start + e.length, rangeOffset + rangeLength);
      if (from < to) {
        long offset = e.offset < 0 ? -1 : e.offset + from - e.start;
        within.add(new MapEntry(from, to - from, e.depth, e.present, e.zero, e.data, offset));
      }
    }
    return within;
  }

  private static List<MapEntry> merged(List<MapEntry> entries) {
    List<MapEntry> merged = new ArrayList<>();
    for (MapEntry entry : entries) {
      if (!merged.isEmpty() && merged.getLast().continuesWith(entry)) {
        MapEntry last = merged.removeLast();
        merged.add(last.withLength(last.length + entry.length));
      } else {
        merged.add(entry);
      }
    }
    return merged;
  }

  private boolean continuesWith(MapEntry next) {
    return start + length == next.start
        && equals(
            new MapEntry(
                start,
                length,
                next.depth,
                next.present,
                next.zero,
                next.data,
                next.offset < 0 ? -1 : next.offset - length));
  }

  private MapEntry withLength(long newLength) {
    return new MapEntry(start, newLength, depth, present, zero, data, offset);
  }
}
