package io.diskformat.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.Extent;
import io.diskformat.Extent.Kind;
import io.diskformat.ExtentCursor;
import io.diskformat.layer.GuestMap;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.layer.Location;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which extents become one, the answers being written down and not computed. */
final class ExtentMergerTest {
  private static final int UNIT = 4096;

  private static Extent data(long offset, long length, long hostOffset, String hostFile) {
    return new Extent(offset, length, Kind.DATA, false, false, 0, hostOffset, hostFile);
  }

  private static Extent zero(long offset, long length) {
    return new Extent(offset, length, Kind.ZERO, true, false, 0, -1, null);
  }

  private static Extent compressed(long offset, long length) {
    return new Extent(offset, length, Kind.DATA, false, true, 0, -1, null);
  }

  private static List<Extent> merged(Extent... extents) throws IOException {
    Iterator<Extent> source = List.of(extents).iterator();
    return all(new ExtentMerger(() -> source.hasNext() ? source.next() : null));
  }

  private static List<Extent> all(ExtentCursor cursor) throws IOException {
    List<Extent> all = new ArrayList<>();
    for (@Nullable Extent extent; (extent = cursor.next()) != null; ) {
      all.add(extent);
    }
    return all;
  }

  private static void assertApart(Extent first, Extent second) throws IOException {
    assertEquals(List.of(first, second), merged(first, second));
  }

  @Test
  void whatContinuesInTheSameFileIsOne() throws IOException {
    assertEquals(
        List.of(data(0, 30, 100, "a"), data(30, 10, 500, "a")),
        merged(
            data(0, 10, 100, "a"),
            data(10, 10, 110, "a"),
            data(20, 10, 120, "a"),
            data(30, 10, 500, "a")));
    assertEquals(List.of(zero(5, 20)), merged(zero(5, 10), zero(15, 10)));
    assertEquals(List.of(compressed(0, 20)), merged(compressed(0, 10), compressed(10, 10)));
    assertEquals(List.of(), merged());
  }

  @Test
  void whatDiffersInAnythingIsTwo() throws IOException {
    assertApart(data(0, 10, 100, "a"), data(10, 10, 110, "b"));
    assertApart(data(0, 10, 100, "a"), data(10, 10, 111, "a"));
    assertApart(data(0, 10, 100, "a"), data(10, 10, 100, "a"));
    assertApart(data(0, 10, 100, "a"), data(10, 10, 110, "a").deeper(1));
    assertApart(data(0, 10, 100, "a"), data(10, 10, 110, "a").readingZeroes());
    assertApart(data(0, 10, 100, "a"), data(11, 10, 110, "a"));
    assertApart(data(0, 10, 100, "a"), compressed(10, 10));
    assertApart(compressed(0, 10), data(10, 10, 100, "a"));
    assertApart(zero(0, 10), zero(10, 10).deeper(1));
    assertApart(zero(0, 10).deeper(2), zero(10, 10).deeper(1));
    assertApart(zero(0, 10), new Extent(10, 10, Kind.HOLE, true, false, 0, -1, null));
    assertApart(zero(0, 10), new Extent(10, 10, Kind.ZERO, true, false, 0, 100, "a"));
  }

  private static LayeredDevice device(
      String file, long size, LongUnaryOperator location, @Nullable LayeredDevice below) {
    GuestMap map =
        new GuestMap(UNIT, UNIT) {
          @Override
          public long locate(long offset) {
            return location.applyAsLong(offset);
          }

          @Override
          public void decompress(long descriptor, byte[] target) {
            throw new AssertionError("there is nothing compressed");
          }
        };
    return new LayeredDevice("disk", size, map, MemoryStorage.of(file, new byte[4 * UNIT]), below);
  }

  /** Two layers whose data goes on at the same position, though in another file. */
  @Test
  void layersOfAChainAreToldApart() throws IOException {
    LayeredDevice below =
        device("below", 3 * UNIT, offset -> Location.of(Location.DATA, offset), null);
    LayeredDevice disk =
        device(
            "above",
            4 * UNIT,
            offset ->
                offset < UNIT ? Location.of(Location.DATA, offset) : Location.of(Location.HOLE),
            below);
    assertEquals(
        List.of(
            data(0, UNIT, 0, "above"),
            data(UNIT, 2 * UNIT, UNIT, "below").deeper(1),
            new Extent(3 * UNIT, UNIT, Kind.HOLE, true, false, 0, -1, null)),
        all(disk.extents()));
  }

  /** Both record zeroes, and neither has a place for them. */
  @Test
  void zeroesOfDifferentLayersAreToldApart() throws IOException {
    LayeredDevice below = device("file", 3 * UNIT, _ -> Location.of(Location.ZERO), null);
    LayeredDevice disk =
        device(
            "file",
            3 * UNIT,
            offset -> Location.of(offset < UNIT ? Location.ZERO : Location.HOLE),
            below);
    assertEquals(List.of(zero(0, UNIT), zero(UNIT, 2 * UNIT).deeper(1)), all(disk.extents()));
  }
}
