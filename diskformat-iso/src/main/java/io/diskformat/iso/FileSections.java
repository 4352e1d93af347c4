package io.diskformat.iso;

import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sections of a file, each of which has a record, and where their content is. That of one that
 * is interleaved is in units of some blocks, between which are blocks of something else.
 */
final class FileSections {
  /** The most separate units to keep: more than any disc has. */
  private static final int MOST_UNITS = 1 << 16;

  private final DeviceBytes disc;
  private final int blockSize;
  private final List<ByteRange> ranges = new ArrayList<>(1);
  private int count;
  private long size;
  private boolean tooMany;

  FileSections(DeviceBytes disc, int blockSize) {
    this.disc = disc;
    this.blockSize = blockSize;
  }

  void add(DirectoryRecord record) {
    count++;
    size += record.size();
    // An empty section may have any position.
    if (record.size() == 0) {
      return;
    }
    long at = record.content(blockSize);
    if (record.unit() == 0 || record.gap() == 0) {
      ranges.add(new ByteRange(at, record.size()));
      return;
    }
    long unit = (long) record.unit() * blockSize;
    long step = unit + (long) record.gap() * blockSize;
    long units = (record.size() + unit - 1) / unit;
    if (at + (units - 1) * step > disc.size()) {
      // As one range it ends beyond the disc as well, which its reader gets as an error.
      ranges.add(new ByteRange(at, (units - 1) * step));
      return;
    }
    if (ranges.size() + units > MOST_UNITS) {
      tooMany = true;
      return;
    }
    for (long left = record.size(); left > 0; left -= unit) {
      ranges.add(new ByteRange(at, Math.min(unit, left)));
      at += step;
    }
  }

  /** Returns how many records there were. */
  int count() {
    return count;
  }

  /** Returns how long all of them are, in bytes. */
  long size() {
    return size;
  }

  /** Returns where the content is. */
  List<ByteRange> ranges() {
    return List.copyOf(ranges);
  }

  /** Returns the name of how the content is stored, if nothing here reads that. */
  Optional<String> unsupported() {
    return tooMany
        ? Optional.of("an interleaved file of more than " + MOST_UNITS + " units")
        : Optional.empty();
  }
}
