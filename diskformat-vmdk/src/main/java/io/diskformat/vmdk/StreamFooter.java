package io.diskformat.vmdk;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Finds the footer of a stream whose tables were written last.
 *
 * <pre>
 * marker of the footer     512 bytes: 1, 0, 3 (see {@link StreamScan})
 * footer                   512 bytes: a {@link SparseHeader} that says where the directory is
 * end of stream            512 bytes of zeroes
 * </pre>
 *
 * Some tools leave more zeroes behind that, or nothing.
 */
final class StreamFooter {
  private static final int SECTOR = 512;

  /** The most bytes of zeroes at the end that are searched for the footer. */
  static final int MOST_ZEROES = 1 << 20;

  private static final int PIECE = 1 << 16;

  private StreamFooter() {}

  /** Returns the footer of a stream, or empty if it has none. */
  static Optional<SparseHeader> find(Storage storage, SparseHeader header) throws IOException {
    long last = lastSector(storage);
    if (last < SECTOR
        || StreamScan.markerType(storage.read(last - SECTOR, SECTOR)) != StreamScan.FOOTER
        || storage.read(last, SECTOR).order(ByteOrder.LITTLE_ENDIAN).getInt(0)
            != SparseHeader.MARK) {
      return Optional.empty();
    }
    SparseHeader footer = SparseHeader.read(storage, last);
    footer.requireSameDisk(storage.name(), header);
    return Optional.of(footer);
  }

  /** Returns where the last sector begins that holds anything but zeroes, or -1. */
  private static long lastSector(Storage storage) throws IOException {
    long end = storage.size() & -SECTOR;
    long stop = Math.max(0, end - MOST_ZEROES);
    while (end > stop) {
      long start = Math.max(stop, end - PIECE);
      ByteBuffer piece = storage.read(start, (int) (end - start));
      for (int at = piece.capacity() - 1; at >= 0; at--) {
        if (piece.get(at) != 0) {
          return start + at & -SECTOR;
        }
      }
      end = start;
    }
    return -1;
  }
}
