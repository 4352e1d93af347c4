package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.Extent;
import io.diskformat.ImageClosedException;
import io.diskformat.device.ReadAhead;
import io.diskformat.layer.SyntheticDisk.Layout;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class LayeredDeviceTest {
  private static final int UNIT = 65536;

  /** A map that is a function, and compresses nothing. */
  private static final class FunctionMap extends GuestMap {
    private final LongUnaryOperator location;

    FunctionMap(LongUnaryOperator location) {
      super(UNIT, UNIT);
      this.location = location;
    }

    @Override
    public long locate(long offset) throws IOException {
      long where = location.applyAsLong(offset);
      if (where < 0) {
        throw new CorruptImageException("image", "table", offset, "is broken");
      }
      return where;
    }

    @Override
    public void decompress(long location, byte[] target) {
      throw new AssertionError("there is nothing compressed");
    }
  }

  private static MemoryStorage storage(int length) {
    return MemoryStorage.of("data", RandomContent.of(1, 0, length));
  }

  private static LayeredDevice device(long size, Storage data, LongUnaryOperator location) {
    return new LayeredDevice("disk", size, new FunctionMap(location), data, null);
  }

  /** One to one. */
  private static long data(long offset) {
    return Location.of(Location.DATA, offset);
  }

  // Arguments and states

  @Test
  void wrongRangesAreRefused() throws IOException {
    LayeredDevice disk = device(100_000, storage(100_000), LayeredDeviceTest::data);
    for (long offset : new long[] {-1, Long.MIN_VALUE, 99_999, 100_000, Long.MAX_VALUE}) {
      assertThrows(IndexOutOfBoundsException.class, () -> disk.read(offset, new byte[2]));
      assertThrows(IndexOutOfBoundsException.class, () -> disk.extents(offset, 2));
      assertThrows(IndexOutOfBoundsException.class, () -> disk.willRead(offset, 2));
    }
    assertThrows(IndexOutOfBoundsException.class, () -> disk.extents(0, -1));
    assertThrows(IndexOutOfBoundsException.class, () -> disk.extents(1, Long.MAX_VALUE));
    disk.read(100_000, new byte[0]);
    disk.read(0, new byte[0]);
    assertEquals(null, disk.extents(100_000, 0).next());
  }

  @Test
  void refusesWritesAndUseAfterClose() throws IOException {
    LayeredDevice disk = device(100_000, storage(100_000), LayeredDeviceTest::data);
    assertFalse(disk.isWritable());
    disk.flush();
    List<Executable> writes =
        List.of(
            () -> disk.write(0, new byte[1]),
            () -> disk.writeZeroes(0, 1),
            () -> disk.discard(0, 1));
    for (Executable write : writes) {
      assertThrows(UnsupportedOperationException.class, write);
    }
    var cursor = disk.extents();
    disk.close();
    disk.close();
    for (Executable write : writes) {
      assertThrows(ImageClosedException.class, write);
    }
    assertThrows(ImageClosedException.class, () -> disk.read(0, new byte[1]));
    assertThrows(ImageClosedException.class, () -> disk.extents());
    assertThrows(ImageClosedException.class, () -> disk.willRead(0, 1));
    assertThrows(ImageClosedException.class, disk::flush);
    assertThrows(ImageClosedException.class, cursor::next);
    assertEquals(100_000, disk.size());
    assertEquals("disk", disk.toString());
  }

  @Test
  void aTargetThatIsClosedIsTheCallersFault() throws IOException {
    LayeredDevice disk = device(100_000, storage(100_000), LayeredDeviceTest::data);
    MemorySegment target;
    try (Arena arena = Arena.ofConfined()) {
      target = arena.allocate(100);
    }
    assertThrows(IllegalStateException.class, () -> disk.read(0, target));
    assertThrows(
        RuntimeException.class,
        () -> disk.read(0, MemorySegment.ofArray(new byte[10]).asReadOnly()));
  }

  @Test
  void closingTheStorageBeneathIsTold() throws IOException {
    Storage data = storage(100_000);
    LayeredDevice disk = device(100_000, data, LayeredDeviceTest::data);
    disk.read(0, new byte[100]);
    data.close();
    assertThrows(ImageClosedException.class, () -> disk.read(0, new byte[100]));
  }

  // Where data ends

  @Test
  void whatRunsPastTheEndIsZeroAndWhatBeginsThereIsCorrupt() throws IOException {
    byte[] content = RandomContent.of(1, 0, UNIT + 1000);
    for (Storage data :
        List.of(MemoryStorage.of("data", content), new FaultyStorage(storage(UNIT + 1000)))) {
      LayeredDevice disk = device(4L * UNIT, data, LayeredDeviceTest::data);
      byte[] found = new byte[2 * UNIT];
      disk.read(0, found);
      assertArrayEquals(java.util.Arrays.copyOf(content, 2 * UNIT), found);
      CorruptImageException e =
          assertThrows(CorruptImageException.class, () -> disk.read(2L * UNIT, new byte[1]));
      assertEquals(
          "disk: data at offset 131072: is beyond the end of the file, which has 66536 bytes: was"
              + " it cut short?",
          e.getMessage());
      assertEquals(2L * UNIT, e.position());
    }
  }

  @Test
  void whatIsMissingIsNeverToldAsZeroes() throws IOException {
    PagedStorage data = new PagedStorage("data");
    data.write(0, MemorySegment.ofArray(new byte[UNIT]));
    data.write(2L * UNIT, MemorySegment.ofArray(new byte[1000]));
    GuestMap map =
        new GuestMap(UNIT, UNIT) {
          @Override
          public long locate(long offset) {
            return data(offset);
          }

          @Override
          public void decompress(long location, byte[] target) {}

          @Override
          public boolean expectsHostHoles() {
            return true;
          }
        };
    LayeredDevice disk = new LayeredDevice("disk", 8L * UNIT, map, data, null);
    var cursor = disk.extents();
    assertFalse(cursor.next().readsAsZeroes());
    Extent hole = cursor.next();
    assertTrue(hole.readsAsZeroes());
    assertEquals(UNIT, hole.offset());
    assertEquals(UNIT, hole.length());
    Extent rest = cursor.next();
    assertFalse(rest.readsAsZeroes());
    assertEquals(6L * UNIT, rest.length());
  }

  // Chains

  @Test
  void whatIsBelowMayBeShorterOrLonger() throws IOException {
    byte[] content = RandomContent.of(1, 0, 3 * UNIT);
    LayeredDevice below = device(3L * UNIT, storage(3 * UNIT), LayeredDeviceTest::data);
    for (int size : new int[] {UNIT, 3 * UNIT, 3 * UNIT + 512, 5 * UNIT}) {
      LayeredDevice disk =
          new LayeredDevice(
              "disk",
              size,
              new FunctionMap(offset -> Location.of(Location.HOLE)),
              storage(1),
              below);
      byte[] found = new byte[size];
      disk.read(0, found);
      assertArrayEquals(
          java.util.Arrays.copyOf(java.util.Arrays.copyOf(content, size), size), found);
      var cursor = disk.extents();
      Extent first = cursor.next();
      assertEquals(Extent.Kind.DATA, first.kind());
      assertEquals(1, first.depth());
      assertEquals(Math.min(size, 3 * UNIT), first.length());
      Extent second = cursor.next();
      if (size > 3 * UNIT) {
        assertEquals(Extent.Kind.HOLE, second.kind());
        assertEquals(0, second.depth());
        second = cursor.next();
      }
      assertEquals(null, second);
      disk.willRead(0, size);
    }
  }

  // Read-ahead

  @Test
  void whatIsFetchedAheadIsOnlyMadeReady() throws IOException {
    SyntheticDisk disk =
        new SyntheticDisk(new Random(1), new Layout(4096, 1, 2000, false, false), null);
    byte[] target = new byte[32 * 1024];
    long fetched = 0;
    for (int at = 0; at < 256 * 1024; at += target.length) {
      disk.device.read(at, target);
      fetched = Math.max(fetched, disk.furthest);
    }
    assertTrue(fetched > 512 * 1024, () -> "fetched up to " + disk.furthest);
  }

  /** A table that is broken further on is no concern of a read that does not need it. */
  @Test
  void aFailureAheadIsNotToldBeforeItsTime() throws IOException {
    long broken = 4L << 20;
    LayeredDevice disk =
        device(16L << 20, storage(8 << 20), offset -> offset < broken ? data(offset) : -1);
    byte[] target = new byte[UNIT];
    for (long at = 0; at < broken; at += UNIT) {
      disk.read(at, target);
      assertArrayEquals(RandomContent.of(1, at, UNIT), target);
    }
    assertThrows(CorruptImageException.class, () -> disk.read(broken, target));
    assertThrows(CorruptImageException.class, () -> disk.willRead(broken, UNIT));
  }

  @Test
  void manyReadInARowAtOnce() throws Exception {
    int size = 4 << 20;
    LayeredDevice disk = device(size, storage(size), LayeredDeviceTest::data);
    byte[] content = RandomContent.of(1, 0, size);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> readers =
          java.util.stream.IntStream.range(0, 4)
              .<Future<?>>mapToObj(number ->
                  threads.submit(() -> {
                    byte[] target = new byte[8192];
                    for (int at = 0; at < size; at += target.length) {
                      disk.read(at, target);
                      assertTrue(
                          java.util.Arrays.equals(
                              content, at, at + target.length, target, 0, target.length));
                    }
                    return null;
                  }))
              .toList();
      for (Future<?> reader : readers) {
        reader.get();
      }
    }
  }

  // The smaller parts

  @Test
  void locationsArePackedAndUnpacked() {
    long last = (1L << 56) - 1;
    for (int kind = Location.HOLE; kind <= Location.DATA; kind++) {
      assertEquals(kind, Location.kind(Location.of(kind)));
      assertEquals(0, Location.position(Location.of(kind)));
      assertEquals(kind, Location.kind(Location.of(kind, last)));
      assertEquals(last, Location.position(Location.of(kind, last)));
    }
    assertEquals(Location.of(Location.DATA, 1000), Location.of(Location.DATA, 400) + 600);
    for (long descriptor : new long[] {0, 1, last, 1L << 62, Long.MAX_VALUE}) {
      long location = Location.compressed(descriptor);
      assertEquals(Location.COMPRESSED, Location.kind(location));
      assertEquals(descriptor, Location.descriptor(location));
      assertFalse(Location.hasPosition(Location.kind(location)));
    }
  }

  @Test
  void whatWasNotOpenedCannotBeRead() throws IOException {
    for (long unit : new long[] {1, 512, 1L << 40, 1L << 62}) {
      BlockDevice disk =
          new LayeredDevice("disk", 1000, new UnopenedMap("image", unit), storage(1), null);
      Exception e =
          assertThrows(UnsupportedOperationException.class, () -> disk.read(0, new byte[1]));
      assertEquals("image: opened for its metadata only", e.getMessage());
      assertThrows(UnsupportedOperationException.class, () -> disk.extents().next());
      disk.close();
    }
  }

  @Test
  void readAheadFollowsThreadsByTheirOwnRuns() {
    ReadAhead ahead = new ReadAhead();
    long size = 1L << 40;
    assertEquals(0, fetched(ahead, 0, 100_000, size));
    assertTrue(fetched(ahead, 100_000, 100_000, size) > 0);
    // Far enough for now.
    assertEquals(0, fetched(ahead, 200_000, 100_000, size));
    // Somewhere else: a run begins anew.
    assertEquals(0, fetched(ahead, 5L << 30, 4096, size));
    assertEquals(0, fetched(ahead, (5L << 30) + 4096, 4096, size));
    int fetches = 0;
    long total = 0;
    for (long at = 0; at < 64L << 20; at += 65536) {
      long length = fetched(ahead, at, 65536, size);
      fetches += length > 0 ? 1 : 0;
      total += length;
    }
    assertTrue(fetches >= 64 / 8 && fetches < 40, fetches + " fetches");
    assertTrue(total <= (64 + 8) << 20, total + " bytes are more than are read");
    // Nothing is fetched beyond the end.
    assertEquals(0, fetched(ahead, size - 2_000_000, 1_000_000, size));
    assertEquals(0, fetched(ahead, size - 1_000_000, 1_000_000, size));
  }

  private static long fetched(ReadAhead ahead, long offset, long length, long size) {
    long[] fetched = {0};
    ahead.note(
        offset,
        length,
        size,
        (start, bytes) -> {
          assertTrue(start >= offset + length && bytes > 0 && start + bytes <= size);
          fetched[0] += bytes;
        });
    return fetched[0];
  }
}
