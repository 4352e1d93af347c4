package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageLockedException;
import io.diskformat.OpenOptions;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.LoopDevice;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A block device holds an image as a file does, but keeps its size. */
final class BlockDeviceTest {
  private static final int MIB = 1 << 20;

  /** A whole number of sectors, but not of pages. */
  private static final int SIZE = 4 * MIB + 3 * 512;

  private static final OpenOptions READING = OpenOptions.readOnly().format("raw");
  private static final OpenOptions WRITING = OpenOptions.writable().format("raw");

  @TempDir Path directory;
  private final byte[] content = RandomContent.of(1, 0, SIZE);
  private Path behind;
  private LoopDevice loop;
  private Path device;

  @BeforeEach
  void makeDevice() throws Exception {
    behind = Files.write(directory.resolve("behind.img"), content);
    loop = LoopDevice.of(behind);
    device = loop.path();
  }

  @AfterEach
  void freeDevice() throws Exception {
    if (loop != null) {
      loop.close();
    }
  }

  private FileStorage open(boolean writable, boolean nativeCalls) throws IOException {
    @Nullable NativeIo io = nativeCalls ? NativeAccess.get() : null;
    return FileStorage.open(device, writable, Sharing.LOCKED, io);
  }

  private static byte[] read(Storage storage, long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    storage.read(position, MemorySegment.ofArray(bytes));
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isSizedReadWrittenAndZeroedAsAModelSays(boolean nativeCalls) throws IOException {
    byte[] model = content.clone();
    Random random = new Random(7);
    try (FileStorage storage = open(true, nativeCalls)) {
      assertEquals(SIZE, storage.size());
      assertTrue(storage.hasFixedSize());
      assertEquals(OptionalLong.of(0), storage.allocatedSize());
      for (int i = 0; i < 300; i++) {
        int length = 1 + random.nextInt(i % 3 == 0 ? 200_000 : 6000);
        int at = random.nextInt(SIZE - length + 1);
        switch (i % 4) {
          case 0 -> {
            Arrays.fill(model, at, at + length, (byte) 0);
            storage.zero(at, length, random.nextBoolean());
          }
          case 1 -> {
            byte[] bytes = RandomContent.of(i, at, length);
            System.arraycopy(bytes, 0, model, at, length);
            storage.overwrite(at, MemorySegment.ofArray(bytes), 0, length);
          }
          default -> {
            byte[] bytes = RandomContent.of(i, at, length);
            System.arraycopy(bytes, 0, model, at, length);
            storage.write(at, MemorySegment.ofArray(bytes));
          }
        }
        assertArrayEquals(Arrays.copyOfRange(model, at, at + length), read(storage, at, length));
      }
      storage.zero(SIZE - 700, 700, true);
      Arrays.fill(model, SIZE - 700, SIZE, (byte) 0);
      storage.flush();
      assertArrayEquals(model, Files.readAllBytes(behind));
      assertArrayEquals(model, read(storage, 0, SIZE));
      assertEquals(SIZE, storage.mapped().byteSize());
      assertEquals(SIZE, storage.nextHole(0));
      assertEquals(5, storage.nextData(5));
    }
    assertEquals(SIZE, Files.size(behind));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void givesSpaceBackWhereTheDeviceDoes(boolean nativeCalls) throws IOException {
    try (FileStorage storage = open(true, nativeCalls)) {
      storage.zero(0, SIZE, true);
      storage.flush();
      assertArrayEquals(new byte[SIZE], Files.readAllBytes(behind));
    }
    if (nativeCalls && NativeAccess.get() != null) {
      // The loop driver makes holes of what it is asked to discard.
      try (FileStorage file = FileStorage.open(behind, false, Sharing.UNLOCKED)) {
        assertTrue(file.allocatedSize().orElseThrow() < MIB);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keepsItsSize(boolean nativeCalls) throws IOException {
    try (FileStorage storage = open(true, nativeCalls)) {
      storage.resize(SIZE);
      storage.reserve(0, SIZE);
      for (int size : new int[] {SIZE - 512, SIZE + 512}) {
        IOException e = assertThrows(IOException.class, () -> storage.resize(size));
        assertEquals(
            device
                + ": resizing to "
                + size
                + " bytes: it is a block device, which keeps its size of "
                + SIZE
                + " bytes",
            e.getMessage());
      }
      assertThrows(IOException.class, () -> storage.reserve(SIZE - 512, 1024));
      IOException e =
          assertThrows(
              IOException.class, () -> storage.write(SIZE, MemorySegment.ofArray(new byte[512])));
      assertTrue(e.getMessage().startsWith(device + ": writing at " + SIZE), e.getMessage());
    }
    try (DiskImage disk = DiskImages.open(device, WRITING)) {
      assertThrows(IOException.class, () -> disk.resize(MIB));
      assertEquals(SIZE, disk.size());
      disk.read(SIZE - 512, new byte[512]);
      disk.resize(SIZE);
    }
    assertArrayEquals(content, Files.readAllBytes(behind));
  }

  @Test
  void isASourceLikeItsFile() throws IOException {
    try (DiskImage disk = DiskImages.open(device);
        DiskImage file = DiskImages.open(behind)) {
      assertEquals("raw", disk.info().format());
      assertEquals(SIZE, disk.info().virtualSize());
      assertEquals(device.toString(), disk.info().file());
      ExtentCursor extents = disk.extents();
      Extent only = extents.next();
      assertEquals(Extent.Kind.DATA, only == null ? null : only.kind());
      assertEquals(SIZE, only == null ? 0 : only.length());
      assertNull(extents.next());
      assertEquals(ContentHash.sha256().of(file), ContentHash.sha256().of(disk));
      assertTrue(Comparison.of(file, disk).run().isIdentical());
      Path copy = directory.resolve("copy.raw");
      Conversion.from(disk).to(copy, CreateOptions.format("raw")).run();
      assertArrayEquals(content, Files.readAllBytes(copy));
    }
  }

  @Test
  void isATargetAndKeepsWhatTheSourceDoesNotReach() throws IOException {
    byte[] half = RandomContent.of(2, 0, 2 * MIB);
    Arrays.fill(half, MIB, MIB + 300_000, (byte) 0);
    Path source = Files.write(directory.resolve("source.raw"), half);
    try (DiskImage from = DiskImages.open(source);
        DiskImage to = DiskImages.open(device, WRITING)) {
      Conversion.from(from).into(to).run();
    }
    byte[] expected = content.clone();
    System.arraycopy(half, 0, expected, 0, half.length);
    assertArrayEquals(expected, Files.readAllBytes(behind));
  }

  @Test
  void isNoTargetForWhatDoesNotFit() throws IOException {
    Path source = directory.resolve("large.raw");
    DiskImages.create(source, CreateOptions.format("raw").size(SIZE + 512));
    try (DiskImage from = DiskImages.open(source);
        DiskImage to = DiskImages.open(device, WRITING)) {
      Exception e =
          assertThrows(IllegalArgumentException.class, () -> Conversion.from(from).into(to).run());
      assertTrue(e.getMessage().contains(SIZE + " bytes"), e.getMessage());
    }
    assertArrayEquals(content, Files.readAllBytes(behind));
  }

  @Test
  void isNotReplacedByANewFile() throws IOException {
    CreateOptions options = CreateOptions.format("raw").size(MIB).replaceExisting();
    assertThrows(FileAlreadyExistsException.class, () -> DiskImages.create(device, options));
    assertArrayEquals(content, Files.readAllBytes(behind));
  }

  @Test
  void isLockedAsQemuLocksIt() throws IOException {
    try (DiskImage reader = DiskImages.open(device, READING)) {
      assertThrows(ImageLockedException.class, () -> DiskImages.open(device, WRITING));
      assertFalse(reader.isWritable());
    }
    try (DiskImage writer = DiskImages.open(device, WRITING)) {
      assertThrows(ImageLockedException.class, () -> DiskImages.open(device, READING));
      assertTrue(writer.isWritable());
      if (NativeAccess.get() != null) {
        Oracle.Result result = Oracle.qemuIo("-f", "raw", "-c", "write 0 512", device);
        assertNotEquals(0, result.exitCode(), result::toString);
        assertTrue(result.error().contains("lock"), result::toString);
      }
    }
    DiskImages.open(device, WRITING).close();
  }

  @Test
  void thatIsReadOnlyIsNotWritten() throws Exception {
    Path other = Files.write(directory.resolve("other.img"), new byte[MIB]);
    try (LoopDevice readOnly = LoopDevice.of(other, "--read-only")) {
      IOException e =
          assertThrows(
              IOException.class,
              () -> {
                try (DiskImage disk = DiskImages.open(readOnly.path(), WRITING)) {
                  disk.write(0, new byte[] {1});
                  disk.flush();
                }
              });
      assertTrue(e.getMessage().startsWith(readOnly.path() + ": "), e.getMessage());
      try (DiskImage disk = DiskImages.open(readOnly.path())) {
        assertEquals(MIB, disk.size());
      }
    }
  }
}
