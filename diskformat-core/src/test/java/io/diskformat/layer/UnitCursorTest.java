package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.CorruptImageException;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Extents that are asked for while tables are written out. */
final class UnitCursorTest {
  private static final int UNIT = 4096;

  /** A map whose table makes no sense the first few times that anybody looks. */
  private static final class Broken extends GuestMap {
    private final AtomicLong epoch;
    private final boolean besideFlushes;
    private int times;

    Broken(int times, AtomicLong epoch, boolean besideFlushes) {
      super(UNIT, UNIT);
      this.times = times;
      this.epoch = epoch;
      this.besideFlushes = besideFlushes;
    }

    @Override
    public long locate(long offset) throws IOException {
      if (times-- > 0) {
        if (besideFlushes) {
          epoch.incrementAndGet();
        }
        throw new CorruptImageException("image", "table", offset, "is broken");
      }
      return Location.of(Location.DATA, offset);
    }

    @Override
    public void decompress(long location, byte[] target) {
      throw new AssertionError("there is nothing compressed");
    }
  }

  private static UnitCursor cursor(int times, boolean besideFlushes) {
    AtomicLong epoch = new AtomicLong();
    GuestMap map = new Broken(times, epoch, besideFlushes);
    LayerReader disk =
        new LayerReader("disk", UNIT, map, MemoryStorage.of("data", new byte[UNIT]), null);
    return new UnitCursor(disk, map, "data", epoch::get, 0, UNIT);
  }

  /** What was taken for a table may have been something else by then, and say anything. */
  @Test
  void aFailureThatCameOfAFlushIsNotTold() throws IOException {
    for (int times = 0; times < 3; times++) {
      assertEquals(UNIT, cursor(times, true).next().length());
    }
  }

  @Test
  void otherFailuresAreTold() {
    assertThrows(CorruptImageException.class, () -> cursor(1, false).next());
  }
}
