package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.DiskImage;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.JoinedDevice.Part;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Parts of disks, one after the other, are one disk. */
final class JoinedDeviceTest {

  @Test
  void readsAsItsPartsDo() throws IOException {
    Random random = new Random(Seeds.of(JoinedDeviceTest.class));
    for (int round = 0; round < 50; round++) {
      List<Part> parts = new ArrayList<>();
      // The engines' device fails reads of what it told to be zeroes.
      List<Part> readable = new ArrayList<>();
      ByteArrayOutputStream expected = new ByteArrayOutputStream();
      for (int i = random.nextInt(4); i >= 0; i--) {
        SyntheticDevice device = SyntheticDevice.random(random);
        long offset = random.nextLong(device.size() + 1);
        long length = random.nextLong(device.size() - offset + 1);
        length = Math.min(length, 1 << 20);
        parts.add(new Part(device, offset, length));
        readable.add(new Part(device.flat(), offset, length));
        expected.write(device.expected(offset, (int) length));
      }
      JoinedDevice joined = JoinedDevice.of(readable);
      byte[] content = expected.toByteArray();
      assertEquals(content.length, joined.size());
      int start = random.nextInt(content.length + 1);
      byte[] found = new byte[random.nextInt(content.length - start + 1)];
      joined.read(start, found);
      assertArrayEquals(Arrays.copyOfRange(content, start, start + found.length), found);
      joined.willRead(start, found.length);
      assertTold(content, JoinedDevice.of(parts), start, found.length);
    }
  }

  private static void assertTold(byte[] content, JoinedDevice joined, int start, int length)
      throws IOException {
    ExtentCursor extents = joined.extents(start, length);
    long at = start;
    for (Extent extent; (extent = extents.next()) != null; ) {
      assertEquals(at, extent.offset());
      at = extent.end();
      for (long i = extent.offset(); extent.readsAsZeroes() && i < at; i++) {
        assertEquals(0, content[(int) i]);
      }
    }
    assertEquals(start + length, at);
  }

  @Test
  void canOnlyBeRead() throws IOException {
    try (DiskImage disk = Tests.inMemory(new byte[1024])) {
      assertThrows(IndexOutOfBoundsException.class, () -> new Part(disk, 1000, 25));
      JoinedDevice joined = JoinedDevice.of(List.of(Part.of(disk), new Part(disk, 512, 100)));
      assertEquals(1124, joined.size());
      assertFalse(joined.isWritable());
      assertThrows(UnsupportedOperationException.class, () -> joined.write(0, new byte[1]));
      assertThrows(UnsupportedOperationException.class, () -> joined.writeZeroes(0, 1));
      assertThrows(UnsupportedOperationException.class, () -> joined.discard(0, 1));
      assertThrows(IndexOutOfBoundsException.class, () -> joined.read(1100, new byte[25]));
      assertThrows(IndexOutOfBoundsException.class, () -> joined.extents(-1, 1));
      joined.close();
      assertThrows(ImageClosedException.class, () -> joined.read(0, new byte[1]));
      // The parts stay open.
      disk.read(0, new byte[1]);
    }
  }
}
