package io.diskformat.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.device.JoinedDevice.Part;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** However disks are cut and joined, each byte is the one byte of some disk. */
final class JoinedDeviceModelTest {
  private static final int MOST = 20_000;

  /** A disk of bytes that are stored, or of zeroes. */
  private record Disk(String name, BlockDevice device, byte[] content, boolean writable) {}

  /** Which byte of which disk. */
  private record Place(Disk disk, int offset) {}

  private final List<Disk> disks = new ArrayList<>();

  /** The disk that is tried, and what each of its bytes is. */
  private record View(BlockDevice device, Place[] places) {
    byte[] bytes(int offset, int length) {
      byte[] bytes = new byte[length];
      for (int i = 0; i < length; i++) {
        Place place = places[offset + i];
        bytes[i] = place.disk.content[place.offset];
      }
      return bytes;
    }

    boolean isWritable(int offset, int length) {
      for (int i = 0; i < length; i++) {
        if (!places[offset + i].disk.writable) {
          return false;
        }
      }
      return true;
    }

    void set(int offset, byte[] bytes) {
      for (int i = 0; i < bytes.length; i++) {
        Place place = places[offset + i];
        place.disk.content[place.offset] = bytes[i];
      }
    }
  }

  private View disk(Random random) throws IOException {
    String name = "disk " + disks.size();
    // Whole sectors, so that the disk is as large as what it is made of.
    byte[] content = RandomContent.of(disks.size(), 0, 512 * (1 + random.nextInt(MOST / 512)));
    int kind = random.nextInt(5);
    BlockDevice device;
    if (kind == 0) {
      content = new byte[random.nextInt(MOST)];
      device = new ZeroDevice(name, content.length);
    } else {
      Storage storage = kind == 1 ? new MemoryStorage(name) : new PagedStorage(name);
      if (random.nextBoolean()) {
        content = new byte[content.length];
        storage.resize(content.length);
      } else {
        storage.write(0, MemorySegment.ofArray(content));
      }
      device = new StorageDevice(storage, kind != 2);
    }
    Disk disk = new Disk(name, device, content, kind != 0 && kind != 2);
    disks.add(disk);
    Place[] places = new Place[content.length];
    for (int i = 0; i < places.length; i++) {
      places[i] = new Place(disk, i);
    }
    return new View(device, places);
  }

  private View joined(Random random, List<View> views) {
    List<Part> parts = new ArrayList<>();
    List<Place> places = new ArrayList<>();
    for (int i = random.nextInt(6); i >= 0; i--) {
      View view = views.get(random.nextInt(views.size()));
      int offset = random.nextInt(view.places.length + 1);
      int length = random.nextInt(view.places.length - offset + 1);
      if (random.nextInt(3) == 0) {
        offset = 0;
        length = view.places.length;
      }
      parts.add(new Part(view.device, offset, length));
      places.addAll(List.of(view.places).subList(offset, offset + length));
    }
    JoinedDevice device =
        parts.size() == 1
            ? JoinedDevice.slice(
                parts.getFirst().device(), parts.getFirst().offset(), parts.getFirst().length())
            : JoinedDevice.of(parts);
    return new View(device, places.toArray(Place[]::new));
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void isTheBytesThatItWasMadeOf(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    disks.clear();
    List<View> views = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      views.add(disk(random));
    }
    for (int i = 0; i < 3; i++) {
      views.add(joined(random, views));
    }
    for (int i = 0; i < 40; i++) {
      step(random, i, views.get(random.nextInt(views.size())));
    }
    for (View view : views) {
      assertEquals(view.places.length, view.device.size());
      assertArrayEquals(view.bytes(0, view.places.length), read(view, 0, view.places.length));
      assertExtents(view, 0, view.places.length);
    }
  }

  private static void step(Random random, int number, View view) throws IOException {
    int offset = random.nextInt(view.places.length + 1);
    int most = view.places.length - offset;
    int length = Math.min(most, random.nextInt(1 << random.nextInt(15)));
    byte[] bytes = RandomContent.of(100L + number, offset, length);
    BlockDevice device = view.device;
    switch (random.nextInt(6)) {
      case 0 -> change(view, offset, bytes, () -> device.write(offset, bytes));
      case 1 -> change(view, offset, new byte[length], () -> device.writeZeroes(offset, length));
      // Either is right; here it is always this.
      case 2 -> change(view, offset, new byte[length], () -> device.discard(offset, length));
      case 3 -> {
        device.flush();
        device.willRead(offset, length);
      }
      case 4 -> assertExtents(view, offset, length);
      default -> assertArrayEquals(view.bytes(offset, length), read(view, offset, length));
    }
    for (long wrong : new long[] {-1, most + 1L, Long.MAX_VALUE}) {
      assertThrows(IndexOutOfBoundsException.class, () -> device.willRead(offset, wrong));
      assertThrows(IndexOutOfBoundsException.class, () -> device.extents(offset, wrong));
    }
    assertThrows(IndexOutOfBoundsException.class, () -> device.read(offset, new byte[most + 1]));
  }

  /** What changes a disk. */
  private interface Change {
    void make() throws IOException;
  }

  private static void change(View view, int offset, byte[] bytes, Change change)
      throws IOException {
    if (view.device.isWritable() && view.isWritable(offset, bytes.length)) {
      change.make();
      view.set(offset, bytes);
    } else {
      assertThrows(UnsupportedOperationException.class, change::make);
    }
    int around = Math.min(view.places.length - offset, bytes.length + 1);
    assertArrayEquals(view.bytes(offset, around), read(view, offset, around));
  }

  private static byte[] read(View view, int offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    view.device.read(offset, bytes);
    return bytes;
  }

  private static void assertExtents(View view, int offset, int length) throws IOException {
    ExtentCursor cursor = view.device.extents(offset, length);
    long at = offset;
    @Nullable Extent last = null;
    for (Extent extent; (extent = cursor.next()) != null; last = extent) {
      assertEquals(at, extent.offset());
      at = extent.end();
      assertFalse(last != null && last.continuesWith(extent), "two that are one");
      byte[] bytes = view.bytes((int) extent.offset(), (int) extent.length());
      if (extent.readsAsZeroes()) {
        assertArrayEquals(new byte[bytes.length], bytes);
      }
      for (int i = 0; extent.hostOffset() >= 0 && i < bytes.length; i++) {
        Place place = view.places[(int) extent.offset() + i];
        assertEquals(place.disk.name, extent.hostFile());
        assertEquals(place.offset, extent.hostOffset() + i);
      }
    }
    assertEquals(offset + length, at);
  }
}
