package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.StallingStorage;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A place that is freed while the host is asked about it is no proof of zeroes. */
final class HostHoleCursorTest {
  private static final long UNIT = 1 << 16;

  private final AtomicLong epoch = new AtomicLong();

  private static StallingStorage hole() throws IOException {
    PagedStorage storage = new PagedStorage("data");
    storage.resize(100 * UNIT);
    return new StallingStorage(storage, null);
  }

  private static ExtentCursor extents() {
    Iterator<Extent> extents =
        List.of(data(0, 10 * UNIT), data(UNIT, 20 * UNIT), data(2 * UNIT, 30 * UNIT)).iterator();
    return () -> extents.hasNext() ? extents.next() : null;
  }

  private static Extent data(long offset, long hostOffset) {
    return new Extent(offset, UNIT, Extent.Kind.DATA, false, false, 0, hostOffset, "data");
  }

  private void assertZero(String expected, StallingStorage storage) throws IOException {
    HostHoleCursor cursor = new HostHoleCursor(extents(), storage, epoch::get);
    StringBuilder zero = new StringBuilder();
    for (Extent extent; (extent = cursor.next()) != null; ) {
      zero.append(extent.readsAsZeroes() ? "z" : "-");
    }
    assertEquals(expected, zero.toString());
  }

  @Test
  void aHoleIsZeroUnlessItsPlaceMayHaveBeenFreed() throws IOException {
    assertZero("zzz", hole());
    String[] expected = {"--z", "--z", "z--", "z--", "zz-", "zz-"};
    for (int step = 0; step < expected.length; step++) {
      StallingStorage storage = hole();
      storage.stallAfter(step, false, epoch::incrementAndGet);
      assertZero(expected[step], storage);
    }
  }
}
