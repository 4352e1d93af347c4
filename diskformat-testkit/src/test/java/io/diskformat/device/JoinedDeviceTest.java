package io.diskformat.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.Extent.Kind;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import io.diskformat.OpenOptions;
import io.diskformat.device.JoinedDevice.Part;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import io.diskformat.testing.StorageOperation;
import io.diskformat.transfer.SyntheticDevice;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Parts of disks, one after the other, are one disk. */
final class JoinedDeviceTest {

  @Test
  void readsAsItsPartsDo() throws IOException {
    Random random = new Random(Seeds.of(JoinedDeviceTest.class));
    for (int round = 0; round < 50; round++) {
      List<Part> parts = new ArrayList<>();
      // The engines' device fails reads of what its extents have as zeroes.
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

  private static StorageDevice device(Storage storage, boolean writable) throws IOException {
    return new StorageDevice(storage, writable);
  }

  private static FaultyStorage storage(String name, int size) throws IOException {
    FaultyStorage storage = FaultyStorage.inMemory(name);
    storage.resize(size);
    return storage;
  }

  @Test
  void canOnlyBeReadIfItsPartsCan() throws IOException {
    try (DiskImage disk =
        DiskImages.open(storage("disk", 1024), OpenOptions.readOnly().format("raw"))) {
      assertThrows(IndexOutOfBoundsException.class, () -> new Part(disk, 1000, 25));
      assertThrows(IndexOutOfBoundsException.class, () -> JoinedDevice.slice(disk, 1000, 25));
      JoinedDevice joined = JoinedDevice.of(List.of(Part.of(disk), new Part(disk, 512, 100)));
      assertEquals(1124, joined.size());
      assertFalse(joined.isWritable());
      assertThrows(UnsupportedOperationException.class, () -> joined.write(0, new byte[1]));
      assertThrows(UnsupportedOperationException.class, () -> joined.write(0, new byte[0]));
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

  @Test
  void aPartThatCannotBeWrittenRefusesBeforeAnythingIs() throws IOException {
    FaultyStorage first = storage("first.img", 1024);
    JoinedDevice joined =
        JoinedDevice.of(
            List.of(
                Part.of(device(first, true)),
                Part.of(device(storage("second.img", 512), false)),
                Part.of(new ZeroDevice("nowhere", 512)),
                Part.of(device(storage("fourth.img", 512), true))));
    assertTrue(joined.isWritable());
    byte[] bytes = RandomContent.of(1, 0, 2560);
    for (Executable change :
        List.<Executable>of(
            () -> joined.write(0, bytes),
            () -> joined.writeZeroes(1000, 100),
            () -> joined.discard(1535, 1))) {
      UnsupportedOperationException e = assertThrows(UnsupportedOperationException.class, change);
      assertEquals("second.img: not writable", e.getMessage());
    }
    UnsupportedOperationException e =
        assertThrows(UnsupportedOperationException.class, () -> joined.write(1536, new byte[513]));
    assertEquals("nowhere: not writable", e.getMessage());
    // It was sized, and nothing else.
    assertEquals(1, first.operations());
    joined.write(0, Arrays.copyOf(bytes, 1024));
    joined.write(2048, new byte[] {1, 2, 3});
    joined.writeZeroes(1024, 0);
    byte[] found = new byte[2560];
    joined.read(0, found);
    byte[] expected = Arrays.copyOf(Arrays.copyOf(bytes, 1024), 2560);
    System.arraycopy(new byte[] {1, 2, 3}, 0, expected, 2048, 3);
    assertArrayEquals(expected, found);
  }

  private static long flushes(FaultyStorage storage) {
    return storage.log().stream().filter(StorageOperation.Flush.class::isInstance).count();
  }

  @Test
  void flushesEachDiskOnceAndAllOfThem() throws IOException {
    List<FaultyStorage> storages =
        List.of(storage("a", 512), storage("b", 512), storage("c", 512), storage("d", 512));
    List<Part> parts = new ArrayList<>();
    for (FaultyStorage storage : storages) {
      StorageDevice device = device(storage, storage != storages.getLast());
      parts.add(new Part(device, 0, 100));
      parts.add(new Part(device, 100, 0));
      parts.add(new Part(device, 200, 100));
    }
    JoinedDevice joined = JoinedDevice.of(parts);
    joined.flush();
    assertEquals(
        List.of(1L, 1L, 1L, 0L), storages.stream().map(JoinedDeviceTest::flushes).toList());
    storages.get(0).failFlushAfter(0);
    storages.get(1).failFlushAfter(0);
    IOException e = assertThrows(IOException.class, joined::flush);
    assertEquals(1, e.getSuppressed().length);
    assertEquals(
        List.of(1L, 1L, 2L, 0L), storages.stream().map(JoinedDeviceTest::flushes).toList());
    joined.close();
    joined.close();
    assertEquals(
        List.of(2L, 2L, 3L, 0L), storages.stream().map(JoinedDeviceTest::flushes).toList());
    assertFalse(storages.getFirst().isClosed());
    for (Executable call :
        List.<Executable>of(
            joined::flush,
            joined::extents,
            () -> joined.willRead(0, 1),
            () -> joined.write(0, new byte[1]),
            () -> joined.discard(0, 1))) {
      assertThrows(ImageClosedException.class, call);
    }
  }

  @Test
  void closesWhatBelongsToIt() throws IOException {
    List<FaultyStorage> storages = List.of(storage("a", 512), storage("b", 512), storage("c", 512));
    List<Part> parts = new ArrayList<>();
    for (FaultyStorage storage : storages) {
      parts.add(new Part(device(storage, true), 0, storage == storages.getLast() ? 0 : 512));
    }
    parts.add(parts.getFirst());
    JoinedDevice joined = JoinedDevice.owning(parts);
    joined.write(0, new byte[1536]);
    storages.getFirst().failFlushAfter(0);
    assertThrows(IOException.class, joined::close);
    joined.close();
    for (FaultyStorage storage : storages) {
      assertTrue(storage.isClosed(), storage.name());
    }
  }

  @Test
  void isNamedByItsParts() throws IOException {
    List<Part> parts = new ArrayList<>();
    for (int i = 1; i <= 6; i++) {
      parts.add(Part.of(new ZeroDevice("disk-" + i, 100)));
    }
    assertEquals("disk-1 + disk-2", JoinedDevice.of(parts.subList(0, 2)).toString());
    assertEquals("disk-1 + disk-2 + disk-3 + disk-4 + 2 more", JoinedDevice.of(parts).toString());
    assertEquals("", JoinedDevice.of(List.of()).toString());
    assertEquals(0, JoinedDevice.of(List.of()).size());
  }

  @Test
  void nobodyHasMoreThanALongOfBytes() {
    Part large = Part.of(new ZeroDevice("large", Long.MAX_VALUE - 100));
    assertThrows(ArithmeticException.class, () -> JoinedDevice.of(List.of(large, large)));
    assertThrows(IllegalArgumentException.class, () -> new ZeroDevice("less", -1));
  }

  /** As many files as a disk of 2 TiB has in extents of 2 GiB, here the other way round. */
  @Test
  void finds1000Parts(@TempDir Path directory) throws IOException {
    long length = 1L << 31;
    int count = 1000;
    Path file = directory.resolve("disk.img");
    DiskImages.create(file, CreateOptions.format("raw").size(count * length));
    DiskImage disk = DiskImages.open(file, OpenOptions.writable().format("raw"));
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parts.add(new Part(disk, (count - 1 - i) * length, length));
    }
    try (JoinedDevice joined = JoinedDevice.owning(parts)) {
      for (int i = 1; i < count; i += 83) {
        joined.write(i * length - 1, new byte[] {(byte) i, (byte) (i + 1)});
        byte[] found = new byte[1];
        disk.read((count - i + 1) * length - 1, found);
        assertEquals((byte) i, found[0]);
        disk.read((count - 1 - i) * length, found);
        assertEquals((byte) (i + 1), found[0]);
        Extent first = joined.extents(i * length - 1, length).next();
        assertEquals(i * length - 1, first.offset());
        assertEquals((count - i + 1) * length - 1, first.hostOffset());
      }
    }
  }

  /** Extents are one where the parts go on in the same file, and only there. */
  @Test
  void extentsGoOnAcrossParts() throws IOException {
    Storage storage = MemoryStorage.of("disk.img", new byte[4096]);
    StorageDevice disk = device(storage, true);
    StorageDevice other = device(MemoryStorage.of("other.img", new byte[4096]), true);
    JoinedDevice joined =
        JoinedDevice.of(
            List.of(
                new Part(disk, 0, 1000),
                new Part(disk, 1000, 1000),
                new Part(other, 2000, 1000),
                new Part(disk, 3000, 1000),
                Part.of(new ZeroDevice("z", 10)),
                Part.of(JoinedDevice.slice(new ZeroDevice("z", 10), 5, 5))));
    List<Extent> found = new ArrayList<>();
    ExtentCursor cursor = joined.extents(500, 3515);
    for (Extent extent; (extent = cursor.next()) != null; ) {
      found.add(extent);
    }
    assertEquals(
        List.of(
            new Extent(500, 1500, Kind.DATA, false, false, 0, 500, "disk.img"),
            new Extent(2000, 1000, Kind.DATA, false, false, 0, 2000, "other.img"),
            new Extent(3000, 1000, Kind.DATA, false, false, 0, 3000, "disk.img"),
            new Extent(4000, 15, Kind.ZERO, true, false, 0, -1, null)),
        found);
  }

  @Test
  void zeroesCanOnlyBeRead() throws IOException {
    ZeroDevice zeroes = new ZeroDevice("zeroes", 1000);
    byte[] found = {1, 2, 3};
    zeroes.read(997, found);
    assertArrayEquals(new byte[3], found);
    zeroes.flush();
    zeroes.willRead(0, 1000);
    assertThrows(IndexOutOfBoundsException.class, () -> zeroes.read(998, new byte[3]));
    assertThrows(IndexOutOfBoundsException.class, () -> zeroes.extents(0, 1001));
    assertThrows(UnsupportedOperationException.class, () -> zeroes.write(0, new byte[1]));
    assertThrows(UnsupportedOperationException.class, () -> zeroes.writeZeroes(0, 1));
    assertThrows(UnsupportedOperationException.class, () -> zeroes.discard(0, 1));
    assertNull(zeroes.extents(3, 0).next());
    zeroes.close();
    assertThrows(ImageClosedException.class, () -> zeroes.read(0, new byte[0]));
    assertThrows(ImageClosedException.class, zeroes::flush);
  }
}
