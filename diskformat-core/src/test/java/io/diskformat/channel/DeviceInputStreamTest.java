package io.diskformat.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ExtentCursor;
import io.diskformat.OpenOptions;
import io.diskformat.storage.MemoryStorage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

final class DeviceInputStreamTest {

  private static byte[] random(int length, Random random) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static DiskImage disk(byte[] content) throws IOException {
    return DiskImages.open(MemoryStorage.of("disk", content), OpenOptions.writable().format("raw"));
  }

  @Property(tries = 100, shrinking = ShrinkingMode.OFF)
  void doesAsAStreamOverAnArrayWould(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    byte[] content = random(512 * random.nextInt(20), random);
    int start = random.nextInt(content.length + 1);
    int length = random.nextInt(content.length - start + 1);
    try (DiskImage disk = disk(content)) {
      InputStream ours = DeviceInputStream.of(disk, start, length);
      InputStream theirs = new ByteArrayInputStream(content, start, length);
      ours.mark(0);
      theirs.mark(0);
      for (int i = 0; i < 60; i++) {
        int n = 1 + random.nextInt(random.nextInt(10) == 0 ? 5000 : 100);
        switch (random.nextInt(8)) {
          case 0 -> assertEquals(theirs.read(), ours.read());
          case 1 -> assertEquals(theirs.skip(n - 10), ours.skip(n - 10));
          case 2 -> assertEquals(theirs.available(), ours.available());
          case 3 -> assertArrayEquals(theirs.readNBytes(n), ours.readNBytes(n));
          case 4 -> {
            ours.mark(n);
            theirs.mark(n);
          }
          case 5 -> {
            ours.reset();
            theirs.reset();
          }
          default -> {
            byte[] expected = new byte[n + 10];
            byte[] found = new byte[n + 10];
            int read = theirs.read(expected, 5, n);
            assertEquals(read, ours.read(found, 5, n));
            assertArrayEquals(expected, found);
          }
        }
      }
      ByteArrayOutputStream expected = new ByteArrayOutputStream();
      ByteArrayOutputStream found = new ByteArrayOutputStream();
      assertEquals(theirs.transferTo(expected), ours.transferTo(found));
      assertArrayEquals(expected.toByteArray(), found.toByteArray());
      assertEquals(-1, ours.read());
      assertEquals(0, ours.transferTo(found));
    }
  }

  @Test
  void transfersWhatIsLargerThanItsBuffer() throws IOException {
    byte[] content = random(3 << 20, new Random(1));
    try (DiskImage disk = disk(content)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      assertEquals(
          content.length - 700,
          DeviceInputStream.of(disk, 700, content.length - 700).transferTo(out));
      assertArrayEquals(Arrays.copyOfRange(content, 700, content.length), out.toByteArray());
      assertArrayEquals(content, DeviceInputStream.of(disk).readAllBytes());
    }
  }

  @Test
  void rangeIsWithinTheDisk() throws IOException {
    try (DiskImage disk = disk(new byte[512])) {
      assertThrows(IndexOutOfBoundsException.class, () -> DeviceInputStream.of(disk, 0, 513));
      assertThrows(IndexOutOfBoundsException.class, () -> DeviceInputStream.of(disk, -1, 1));
      assertThrows(
          IndexOutOfBoundsException.class, () -> DeviceInputStream.of(disk, 1, Long.MAX_VALUE));
      InputStream empty = DeviceInputStream.of(disk, 512, 0);
      assertEquals(-1, empty.read(new byte[1]));
      assertEquals(0, empty.read(new byte[0]));
      assertThrows(EOFException.class, () -> empty.skipNBytes(1));
      assertThrows(IndexOutOfBoundsException.class, () -> empty.read(new byte[4], 2, 3));
    }
  }

  @Test
  void closingLeavesTheDeviceOpen() throws IOException {
    try (DiskImage disk = disk(new byte[512])) {
      DeviceInputStream.of(disk).close();
      disk.read(0, new byte[512]);
    }
  }

  @Test
  void hugeDiskIsNoTrouble() throws IOException {
    long size = 1L << 50;
    InputStream stream = DeviceInputStream.of(new Ones(size));
    assertTrue(stream.markSupported());
    assertEquals(Integer.MAX_VALUE, stream.available());
    assertEquals(size - 3, stream.skip(size - 3));
    assertEquals(3, stream.available());
    assertArrayEquals(new byte[] {1, 1, 1}, stream.readAllBytes());
    assertEquals(0, stream.skip(Long.MAX_VALUE));
  }

  /** A disk of any size, every byte of which is 1. */
  private record Ones(long size) implements BlockDevice {
    @Override
    public boolean isWritable() {
      return false;
    }

    @Override
    public void read(long offset, MemorySegment target) {
      target.fill((byte) 1);
    }

    @Override
    public void write(long offset, MemorySegment source) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void writeZeroes(long offset, long length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void discard(long offset, long length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void flush() {}

    @Override
    public ExtentCursor extents(long offset, long length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}
