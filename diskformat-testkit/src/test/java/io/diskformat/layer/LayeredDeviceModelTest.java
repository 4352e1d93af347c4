package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.layer.SyntheticDisk.Layout;
import io.diskformat.testing.FaultyStorage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** However a disk is laid out, it reads as an array of bytes, and says how it is laid out. */
final class LayeredDeviceModelTest {

  private static SyntheticDisk chain(Random random, int layers) throws IOException {
    SyntheticDisk disk = null;
    for (int i = 0; i < layers; i++) {
      disk = new SyntheticDisk(random, Layout.random(random), disk);
    }
    return disk;
  }

  @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
  void readsWhatItHolds(@ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int layers)
      throws IOException {
    Random random = new Random(seed);
    SyntheticDisk disk = chain(random, layers);
    int size = disk.content.length;
    assertArrayEquals(disk.content, read(disk.device, 0, size));
    for (int i = 0; i < 30; i++) {
      int length = random.nextInt(Math.min(size, 1 << random.nextInt(18)) + 1);
      int offset = random.nextInt(size - length + 1);
      byte[] expected = Arrays.copyOfRange(disk.content, offset, offset + length);
      assertArrayEquals(expected, read(disk.device, offset, length));
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment target = arena.allocate(length + 2L);
        disk.device.read(offset, target.asSlice(1, length));
        assertArrayEquals(expected, target.asSlice(1, length).toArray(ValueLayout.JAVA_BYTE));
        assertEquals(0, target.get(ValueLayout.JAVA_BYTE, 0));
        assertEquals(0, target.get(ValueLayout.JAVA_BYTE, length + 1L));
      }
    }
  }

  /** In a row, so that it is fetched ahead, and from a storage of which nothing is mapped. */
  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void readsInARow(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int layers)
      throws IOException {
    Random random = new Random(seed);
    SyntheticDisk below = layers == 1 ? null : chain(random, layers - 1);
    SyntheticDisk disk = new SyntheticDisk(random, Layout.random(random), below);
    BlockDevice unmapped =
        disk.on(new FaultyStorage(disk.data()), below == null ? null : below.device);
    for (BlockDevice device : List.of(disk.device, unmapped)) {
      for (int length : new int[] {1000, 4096, 65536}) {
        for (int at = 0; at < disk.content.length; at += length) {
          int end = Math.min(at + length, disk.content.length);
          assertArrayEquals(Arrays.copyOfRange(disk.content, at, end), read(device, at, end - at));
        }
      }
      device.willRead(0, device.size());
    }
  }

  @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
  void tellsHowItIsLaidOut(@ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int layers)
      throws IOException {
    Random random = new Random(seed);
    SyntheticDisk disk = chain(random, layers);
    int size = disk.content.length;
    assertExtents(disk, 0, size);
    for (int i = 0; i < 20; i++) {
      int length = random.nextInt(size + 1);
      assertExtents(disk, random.nextInt(size - length + 1), length);
    }
  }

  private static void assertExtents(SyntheticDisk disk, int offset, int length) throws IOException {
    List<Extent> found = new ArrayList<>();
    ExtentCursor cursor = disk.device.extents(offset, length);
    for (Extent extent; (extent = cursor.next()) != null; ) {
      found.add(extent);
      if (extent.readsAsZeroes()) {
        assertArrayEquals(
            new byte[(int) extent.length()],
            Arrays.copyOfRange(disk.content, (int) extent.offset(), (int) extent.end()));
      }
    }
    assertEquals(disk.extents(offset, length), found);
  }

  private static byte[] read(BlockDevice device, int offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    // Whatever is not set shows.
    Arrays.fill(bytes, (byte) 0x55);
    device.read(offset, bytes);
    return bytes;
  }
}
