package io.diskformat.testing;

import io.diskformat.storage.Storage;
import io.diskformat.testing.StorageOperation.Reserve;
import io.diskformat.testing.StorageOperation.Resize;
import io.diskformat.testing.StorageOperation.Zero;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;

/**
 * The space of a host that is nearly full, in pages. What a file has already can be written again;
 * anything else needs space. Not thread-safe.
 */
final class LimitedSpace {
  /** The pages that the file has. */
  private final BitSet taken = new BitSet();

  /** How many more it may have. */
  private long left;

  private LimitedSpace(long left) {
    this.left = left;
  }

  /** Returns a space of which a storage has what it holds now, and may have some bytes more. */
  static LimitedSpace of(Storage storage, long bytes) throws IOException {
    LimitedSpace space = new LimitedSpace(bytes / PagedStorage.PAGE);
    long size = storage.size();
    for (long at = storage.nextData(0); at < size; ) {
      long hole = storage.nextHole(at);
      space.taken.set(pageOf(at), pageOf(hole - 1) + 1);
      at = storage.nextData(hole);
    }
    return space;
  }

  /** Takes the pages that operations reserved, written or not, and did not give back. */
  LimitedSpace withReserved(List<StorageOperation> operations) {
    BitSet pages = new BitSet();
    for (StorageOperation operation : operations) {
      switch (operation) {
        case Reserve(long position, long length) when length > 0 ->
            pages.set(pageOf(position), pageOf(position + length - 1) + 1);
        case Zero zero when zero.giveBack() -> {
          int first = pageOf(zero.position() + PagedStorage.PAGE - 1);
          pages.clear(first, Math.max(first, pageOf(zero.position() + zero.length())));
        }
        case Resize resize -> {
          int first = pageOf(resize.size() + PagedStorage.PAGE - 1);
          pages.clear(first, Math.max(first, pages.length()));
        }
        default -> {}
      }
    }
    taken.or(pages);
    return this;
  }

  /**
   * Takes the pages of a range.
   *
   * @param partly whether to take the pages that there are if they are too few, or none
   * @return the number of bytes, from the start of the range, whose pages are taken
   */
  long take(long position, long length, boolean partly) {
    if (length == 0) {
      return length;
    }
    int first = pageOf(position);
    int last = pageOf(position + length - 1);
    BitSet wanted = new BitSet();
    wanted.set(first, last + 1);
    wanted.andNot(taken);
    if (wanted.cardinality() <= left) {
      left -= wanted.cardinality();
      taken.or(wanted);
      return length;
    }
    if (!partly) {
      return 0;
    }
    for (int page = first; ; page++) {
      if (!taken.get(page)) {
        if (left == 0) {
          return Math.max((long) page * PagedStorage.PAGE - position, 0);
        }
        left--;
        taken.set(page);
      }
    }
  }

  /** Gives back the pages that are within a range, from {@code position} to {@code end}. */
  void giveBack(long position, long end) {
    int first = pageOf(position + PagedStorage.PAGE - 1);
    int last = (int) Math.min(end / PagedStorage.PAGE, taken.length());
    if (first < last) {
      left += taken.get(first, last).cardinality();
      taken.clear(first, last);
    }
  }

  private static int pageOf(long position) {
    return Math.toIntExact(position / PagedStorage.PAGE);
  }
}
