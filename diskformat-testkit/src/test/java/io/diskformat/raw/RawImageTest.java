package io.diskformat.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageInfo;
import io.diskformat.OpenOptions;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.MapEntry;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RawImageTest {
  private static final long MIB = 1 << 20;
  private static final OpenOptions READING = OpenOptions.readOnly().format("raw");
  private static final OpenOptions WRITING = OpenOptions.writable().format("raw");

  @TempDir Path directory;

  private static byte[] read(DiskImage disk, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    // Whatever is not set shows.
    Arrays.fill(bytes, (byte) 0x55);
    disk.read(offset, bytes);
    return bytes;
  }

  private static List<Extent> extents(DiskImage disk, long offset, long length) throws IOException {
    List<Extent> extents = new ArrayList<>();
    ExtentCursor cursor = disk.extents(offset, length);
    for (Extent extent; (extent = cursor.next()) != null; ) {
      extents.add(extent);
    }
    assertNull(cursor.next());
    return extents;
  }

  private DiskImage create(long size) throws IOException {
    Path path = directory.resolve("new.img");
    DiskImages.create(path, CreateOptions.format("raw").size(size).replaceExisting());
    return DiskImages.open(path, WRITING);
  }

  // Creating

  @ParameterizedTest
  @CsvSource({"off, 0", "falloc, 1", "full, 1"})
  void createsWithAndWithoutSpace(String preallocation, int occupied) throws IOException {
    Path path = directory.resolve("new.img");
    long size = 5 * MIB + 512;
    DiskImages.create(
        path, CreateOptions.format("raw").size(size).option("preallocation", preallocation));
    assertEquals(size, Files.size(path));
    try (DiskImage disk = DiskImages.open(path, READING)) {
      assertEquals(size, disk.size());
      assertArrayEquals(new byte[(int) size], read(disk, 0, (int) size));
      long allocated = disk.info().allocatedSize().orElseThrow();
      if (occupied == 1) {
        assertTrue(allocated >= size, () -> allocated + " bytes");
      } else {
        assumeTrue(allocated != size, "what is allocated is not known here");
        assertEquals(0, allocated);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 512, 1, 513, 1000})
  void createsWholeSectors(long size) throws IOException {
    try (DiskImage disk = create(size)) {
      assertEquals((size + 511) / 512 * 512, disk.size());
    }
  }

  @ParameterizedTest
  @CsvSource({"preallocation, metadata", "preallocation, OFF", "cluster_size, 65536"})
  void refusesOtherOptions(String option, String value) throws IOException {
    Path path = directory.resolve("new.img");
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> DiskImages.create(path, CreateOptions.format("raw").option(option, value)));
    assertTrue(
        e.getMessage().contains(option.equals("preallocation") ? value : option), e::getMessage);
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void createsInAnyStorage() throws IOException {
    for (String preallocation : List.of("off", "falloc", "full")) {
      try (Storage storage = new MemoryStorage("memory")) {
        CreateOptions options = CreateOptions.format("raw").size(3 * MIB);
        DiskImages.create(storage, options.option("preallocation", preallocation));
        assertEquals(3 * MIB, storage.size());
        assertThrows(IllegalArgumentException.class, () -> DiskImages.create(storage, options));
      }
    }
  }

  // Odd sizes

  @Test
  void theLastSectorIsWhole() throws IOException {
    byte[] content = RandomContent.of(1, 0, 1000);
    Path path = Files.write(directory.resolve("odd.img"), content);
    try (DiskImage disk = DiskImages.open(path, READING)) {
      assertEquals(1024, disk.size());
      assertArrayEquals(Arrays.copyOf(content, 1024), read(disk, 0, 1024));
      assertArrayEquals(new byte[24], read(disk, 1000, 24));
      assertArrayEquals(new byte[14], read(disk, 1010, 14));
      assertArrayEquals(new byte[1], read(disk, 1023, 1));
      assertArrayEquals(new byte[] {content[999], 0}, read(disk, 999, 2));
      assertArrayEquals(new byte[0], read(disk, 1024, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> read(disk, 1024, 1));
    }
    assertEquals(1000, Files.size(path));
  }

  @Test
  void writingTheTailGrowsTheFile() throws IOException {
    byte[] content = RandomContent.of(1, 0, 1000);
    Path path = Files.write(directory.resolve("odd.img"), content);
    try (DiskImage disk = DiskImages.open(path, WRITING)) {
      disk.write(10, new byte[] {1});
      disk.writeZeroes(0, 1024);
      disk.discard(512, 512);
      assertEquals(1000, Files.size(path));
      disk.write(1010, new byte[] {7, 8});
      assertEquals(1012, Files.size(path));
      byte[] expected = new byte[1024];
      expected[1010] = 7;
      expected[1011] = 8;
      assertArrayEquals(expected, read(disk, 0, 1024));
      disk.write(1023, new byte[] {9});
      assertEquals(1024, Files.size(path));
      assertThrows(IndexOutOfBoundsException.class, () -> disk.write(1023, new byte[2]));
    }
  }

  @Test
  void emptyFileIsAnEmptyDisk() throws IOException {
    Path path = Files.createFile(directory.resolve("empty.img"));
    try (DiskImage disk = DiskImages.open(path, WRITING)) {
      assertEquals(0, disk.size());
      assertEquals(List.of(), extents(disk, 0, 0));
      assertArrayEquals(new byte[0], read(disk, 0, 0));
      disk.write(0, new byte[0]);
      disk.resize(1024);
      disk.write(1000, new byte[] {1});
      assertEquals(1, read(disk, 1000, 1)[0]);
    }
    assertEquals(1024, Files.size(path));
  }

  // Arguments

  @Test
  void wrongRangesAreRefused() throws IOException {
    try (DiskImage disk = create(MIB)) {
      long max = Long.MAX_VALUE;
      List<Executable> calls = new ArrayList<>();
      for (long offset : new long[] {-1, Long.MIN_VALUE, MIB, MIB + 1, max, max - 1}) {
        calls.add(() -> disk.read(offset, new byte[2]));
        calls.add(() -> disk.write(offset, new byte[2]));
        calls.add(() -> disk.writeZeroes(offset, 2));
        calls.add(() -> disk.discard(offset, 2));
        calls.add(() -> disk.extents(offset, 2));
        calls.add(() -> disk.willRead(offset, 2));
      }
      for (long[] range :
          new long[][] {{0, -1}, {0, MIB + 1}, {1, max}, {max, max}, {MIB, Long.MIN_VALUE}}) {
        calls.add(() -> disk.writeZeroes(range[0], range[1]));
        calls.add(() -> disk.discard(range[0], range[1]));
        calls.add(() -> disk.extents(range[0], range[1]));
        calls.add(() -> disk.willRead(range[0], range[1]));
      }
      for (Executable call : calls) {
        assertThrows(IndexOutOfBoundsException.class, call);
      }
      assertEquals(MIB, disk.size());
    }
  }

  @Test
  void nothingIsNoChange() throws IOException {
    try (DiskImage disk = create(MIB)) {
      for (long offset : new long[] {0, 5, MIB}) {
        disk.read(offset, new byte[0]);
        disk.write(offset, new byte[0]);
        disk.writeZeroes(offset, 0);
        disk.discard(offset, 0);
        disk.willRead(offset, 0);
        assertEquals(List.of(), extents(disk, offset, 0));
      }
    }
  }

  @Test
  void buffersAreMovedToTheirLimits() throws IOException {
    try (DiskImage disk = create(MIB)) {
      ByteBuffer source = ByteBuffer.wrap(new byte[] {0, 1, 2, 3, 4}, 1, 3);
      disk.write(100, source);
      assertEquals(4, source.position());
      ByteBuffer target = ByteBuffer.allocateDirect(10).position(2).limit(6);
      disk.read(99, target);
      assertEquals(6, target.position());
      byte[] found = new byte[4];
      target.position(2).get(found);
      assertArrayEquals(new byte[] {0, 1, 2, 3}, found);
      disk.write(200, MemorySegment.ofArray(new int[] {-1}));
      assertArrayEquals(new byte[] {-1, -1, -1, -1}, read(disk, 200, 4));
    }
  }

  @Test
  void readOnlyRefusesEveryChange() throws IOException {
    create(MIB).close();
    Path path = directory.resolve("new.img");
    try (DiskImage disk = DiskImages.open(path, READING)) {
      assertFalse(disk.isWritable());
      for (Executable change :
          List.<Executable>of(
              () -> disk.write(0, new byte[1]),
              () -> disk.writeZeroes(0, 1),
              () -> disk.discard(0, 1),
              () -> disk.resize(2 * MIB))) {
        assertThrows(UnsupportedOperationException.class, change);
      }
      disk.flush();
    }
  }

  // Resizing

  @Test
  void resizesBothWays() throws IOException {
    try (DiskImage disk = create(MIB)) {
      disk.write(0, RandomContent.of(1, 0, (int) MIB));
      disk.resize(512);
      assertEquals(512, disk.size());
      assertThrows(IndexOutOfBoundsException.class, () -> read(disk, 512, 1));
      disk.resize(3 * MIB);
      assertEquals(3 * MIB, disk.size());
      assertArrayEquals(
          Arrays.copyOf(RandomContent.of(1, 0, 512), (int) (3 * MIB)),
          read(disk, 0, (int) (3 * MIB)));
      for (long wrong : new long[] {-512, 1, 513, Long.MAX_VALUE}) {
        assertThrows(IllegalArgumentException.class, () -> disk.resize(wrong));
      }
      // No host has room for that.
      assertThrows(IOException.class, () -> disk.resize(1L << 62));
      assertEquals(3 * MIB, disk.size());
      assertEquals(3 * MIB, disk.info().virtualSize());
    }
  }

  /** A write that was on its way does not make the file long again. */
  @Test
  void aWriteBesideAShrinkIsWithinTheDiskOrRefused() throws Exception {
    Path path = directory.resolve("new.img");
    try (DiskImage disk = create(MIB);
        ExecutorService threads = Executors.newFixedThreadPool(1)) {
      for (int round = 0; round < 300; round++) {
        disk.resize(MIB);
        CyclicBarrier start = new CyclicBarrier(2);
        Future<?> writer =
            threads.submit(() -> {
              start.await();
              return assertThrows(
                  IndexOutOfBoundsException.class,
                  () -> {
                    while (true) {
                      disk.write(MIB - 512, new byte[] {1});
                    }
                  });
            });
        start.await();
        disk.resize(512);
        writer.get();
        assertEquals(512, disk.size());
        assertEquals(512, Files.size(path), "in round " + round);
      }
    }
  }

  @Test
  void aShrinkThatFailsLeavesTheOldSize() throws IOException {
    FaultyStorage storage = FaultyStorage.inMemory("disk.img");
    storage.resize(MIB);
    try (DiskImage disk = DiskImages.open(new NamedStorage(storage, null), WRITING)) {
      disk.write(0, RandomContent.of(1, 0, (int) MIB));
      storage.failAfter(0);
      assertThrows(IOException.class, () -> disk.resize(512));
      assertEquals(MIB, disk.size());
      assertArrayEquals(RandomContent.of(1, 0, (int) MIB), read(disk, 0, (int) MIB));
      disk.resize(512);
      disk.resize(MIB);
      assertArrayEquals(
          Arrays.copyOf(RandomContent.of(1, 0, 512), (int) MIB), read(disk, 0, (int) MIB));
    }
  }

  @Test
  void whatIsAddedOccupiesNothing() throws IOException {
    try (DiskImage disk = create(MIB)) {
      assumeTrue(disk.info().allocatedSize().orElse(1) == 0, "no sparse files here");
      disk.resize(1L << 40);
      assertEquals(0, disk.info().allocatedSize().orElseThrow());
      assertEquals(1, extents(disk, 0, disk.size()).size());
    }
  }

  // Space

  @Test
  void discardGivesSpaceBack() throws IOException {
    try (DiskImage disk = create(8 * MIB)) {
      assumeTrue(disk.info().allocatedSize().orElse(1) == 0, "no sparse files here");
      disk.write(0, RandomContent.of(1, 0, (int) (8 * MIB)));
      disk.flush();
      long full = disk.info().allocatedSize().orElseThrow();
      assertTrue(full >= 8 * MIB);
      disk.discard(MIB, 4 * MIB);
      long left = disk.info().allocatedSize().orElseThrow();
      assertTrue(left <= full - 4 * MIB, () -> full + " bytes, then " + left);
      assertArrayEquals(new byte[(int) (4 * MIB)], read(disk, MIB, (int) (4 * MIB)));
      // Zeroes, on the other hand, stay reserved.
      disk.writeZeroes(0, 8 * MIB);
      assertTrue(disk.info().allocatedSize().orElseThrow() >= 8 * MIB);
      assertArrayEquals(new byte[(int) (8 * MIB)], read(disk, 0, (int) (8 * MIB)));
    }
  }

  // Extents

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void extentsAreThoseOfQemu(long seed) throws IOException {
    Random random = new Random(seed);
    Path path = directory.resolve("sparse.img");
    // Odd at times.
    long size = 20 * MIB + (seed % 2 == 0 ? random.nextInt(5000) : 512 * random.nextInt(100));
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(1), size - 1);
      if (random.nextBoolean()) {
        file.truncate(size - 1);
      }
      for (int i = 0; i < 30; i++) {
        int length = random.nextInt(1 << random.nextInt(20));
        file.write(ByteBuffer.allocate(length), random.nextLong(size - length));
      }
    }
    if (random.nextBoolean()) {
      try (DiskImage disk = DiskImages.open(path, WRITING)) {
        for (int i = 0; i < 10; i++) {
          long length = random.nextLong(MIB);
          disk.discard(random.nextLong(disk.size() - length), length);
        }
      }
    }
    String map = Oracle.qemuImg("map", "-f", "raw", "--output=json", path).orFail().output();
    try (DiskImage disk = DiskImages.open(path, READING)) {
      assertEquals(MapEntry.parse(map), MapEntry.of(disk));
    }
  }

  @Test
  void extentsOfAPartAreThatPartOfTheExtents() throws IOException {
    try (DiskImage disk = create(10 * MIB)) {
      disk.write(MIB, new byte[65536]);
      disk.write(3 * MIB, new byte[65536]);
      List<Extent> all = extents(disk, 0, disk.size());
      Random random = new Random(1);
      for (int i = 0; i < 200; i++) {
        long length = 1 + random.nextLong(4 * MIB);
        long offset = random.nextLong(disk.size() - length);
        List<Extent> expected =
            all.stream()
                .filter(extent -> extent.end() > offset && extent.offset() < offset + length)
                .map(extent -> part(extent, offset, offset + length))
                .toList();
        assertEquals(expected, extents(disk, offset, length));
      }
    }
  }

  private static Extent part(Extent extent, long start, long end) {
    Extent from = extent.from(Math.max(extent.offset(), start));
    return from.withLength(Math.min(end, extent.end()) - from.offset());
  }

  // Faults

  @Test
  void aFileCutShortIsNeverReadAsZeroes() throws IOException {
    FaultyStorage storage = new FaultyStorage(new PagedStorage("cut.img"));
    storage.write(0, MemorySegment.ofArray(RandomContent.of(1, 0, (int) MIB)));
    try (DiskImage disk = DiskImages.open(storage, READING)) {
      storage.cutShort(10_000);
      for (int length : new int[] {1, 100, 512, 4096}) {
        IOException e = assertThrows(IOException.class, () -> read(disk, 500_000, length));
        assertEquals("cut.img: was cut short to 10000 bytes while in use", e.getMessage());
        assertThrows(IOException.class, () -> read(disk, 10_240, length));
      }
      assertThrows(IOException.class, () -> read(disk, 0, (int) MIB));
      assertEquals(1, read(disk, 7, 1)[0]);
      List<Extent> extents = extents(disk, 0, disk.size());
      assertFalse(extents.getLast().readsAsZeroes(), extents::toString);
      assertEquals(MIB, extents.getLast().end());
      assertTrue(extents.getLast().offset() <= 10_240);
    }
  }

  @Test
  void failuresOfTheStorageAreTold() throws IOException {
    FaultyStorage storage = FaultyStorage.inMemory("failing.img");
    DiskImages.create(storage, CreateOptions.format("raw").size(MIB));
    DiskImage disk = DiskImages.open(storage, WRITING);
    disk.write(0, new byte[100]);
    storage.failReadAfter(0);
    assertThrows(IOException.class, () -> read(disk, 0, 1));
    storage.failAfter(0);
    assertThrows(IOException.class, () -> disk.write(0, new byte[1]));
    storage.failAfter(0);
    assertThrows(IOException.class, disk::flush);
    disk.flush();
    storage.failAfter(0);
    // The flush fails, and it is closed all the same.
    assertThrows(IOException.class, disk::close);
    assertTrue(storage.isClosed());
  }

  // What it says of itself

  @Test
  void info() throws IOException {
    Path path = directory.resolve("new.img");
    try (DiskImage disk = create(MIB)) {
      ImageInfo info = disk.info();
      assertEquals("raw", info.format());
      assertEquals(path.toString(), info.file());
      assertEquals(MIB, info.virtualSize());
      assertFalse(info.dirty());
      assertTrue(info.backing().isEmpty());
      assertTrue(info.clusterSize().isEmpty());
      assertTrue(info.snapshots().isEmpty());
      assertEquals(path.toString(), disk.toString());
      assertTrue(disk.backing().isEmpty());
      DiskFormatException e =
          assertThrows(DiskFormatException.class, () -> disk.openSnapshot("one"));
      assertEquals(path + ": no snapshot \"one\" among its 0", e.getMessage());
    }
  }
}
