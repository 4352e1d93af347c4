package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Changes cannot pile up: whatever changes tables flushes once the format wants that. */
final class WantedFlushTest {
  private final TinyDisk disk = TinyDisk.create(true);

  @Test
  void eachKindOfChangeFlushesWhenThatIsWanted() throws IOException {
    disk.write(0, new byte[TinyDisk.BLOCK]);
    disk.discard(0, TinyDisk.BLOCK);
    assertEquals(0, disk.flushes());
    disk.wantFlushes();
    // A write flushes once it has a place, and not again when it is then in place.
    disk.write(0, new byte[TinyDisk.BLOCK]);
    assertEquals(1, disk.flushes());
    disk.write(0, new byte[TinyDisk.BLOCK]);
    assertEquals(1, disk.flushes());
    disk.writeZeroes(0, TinyDisk.BLOCK);
    assertEquals(2, disk.flushes());
    disk.discard(0, TinyDisk.BLOCK);
    assertEquals(3, disk.flushes());
  }
}
