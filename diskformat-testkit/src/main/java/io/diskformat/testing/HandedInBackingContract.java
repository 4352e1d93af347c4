package io.diskformat.testing;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ImageInfo;
import io.diskformat.OpenOptions;
import io.diskformat.device.JoinedDevice;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that images which are differences can be opened over any device that the caller hands in,
 * whatever file they record. A test class supplies the options of a difference and of another
 * image.
 */
public abstract class HandedInBackingContract {
  private static final int SIZE = 256 << 10;

  @TempDir private Path directory;
  private Path image;
  private byte[] expected;
  private DiskImage below;

  /** Returns options for an image that is a difference to an image that does not exist. */
  protected abstract CreateOptions difference();

  /** Returns options for an image that is no difference. */
  protected abstract CreateOptions whole();

  @BeforeEach
  final void create() throws IOException {
    image = directory.resolve("difference");
    DiskImages.create(image, difference().size(SIZE));
    expected = bytes(SIZE, 7);
    below = memory(expected);
  }

  @AfterEach
  final void nothingIsLeftOpen() throws IOException {
    assertEquals(List.of(), OpenFiles.in(directory));
    below.close();
  }

  private static byte[] bytes(int size, int value) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static DiskImage memory(byte[] content) throws IOException {
    return DiskImages.open(
        MemoryStorage.of("memory", content.clone()), OpenOptions.readOnly().format("raw"));
  }

  private OpenOptions reading(BlockDevice device) {
    return OpenOptions.readOnly().format(difference().format()).backing(device);
  }

  private OpenOptions writing(BlockDevice device) {
    return OpenOptions.writable().format(difference().format()).backing(device);
  }

  private static byte[] contentOf(BlockDevice device) throws IOException {
    byte[] content = new byte[Math.toIntExact(device.size())];
    device.read(0, content);
    return content;
  }

  private void assertShows(byte[] content, BlockDevice device) throws IOException {
    try (DiskImage disk = DiskImages.open(image, reading(device))) {
      assertArrayEquals(content, contentOf(disk));
    }
  }

  @Test
  void isReadWithNoPolicyAndNoResolver() throws IOException {
    assertThrows(IOException.class, () -> DiskImages.open(image));
    try (DiskImage disk = DiskImages.open(image, reading(below))) {
      assertArrayEquals(expected, contentOf(disk));
      assertEquals(1, requireNonNull(disk.extents().next()).depth());
      assertEquals(Optional.of(below), disk.backing());
    }
  }

  @Test
  void staysOpenAndAsItWas() throws IOException {
    byte[] before = contentOf(below);
    try (DiskImage disk = DiskImages.open(image, writing(below))) {
      disk.write(1000, new byte[] {1, 2, 3});
      disk.writeZeroes(100_000, 5000);
      disk.discard(SIZE / 2, SIZE / 4);
      disk.flush();
    }
    assertArrayEquals(before, contentOf(below));
    System.arraycopy(new byte[] {1, 2, 3}, 0, expected, 1000, 3);
    Arrays.fill(expected, 100_000, 105_000, (byte) 0);
    byte[] written = written();
    assertArrayEquals(Arrays.copyOf(expected, SIZE / 2), Arrays.copyOf(written, SIZE / 2));
    assertShows(written, below);
  }

  private byte[] written() throws IOException {
    try (DiskImage disk = DiskImages.open(image, reading(below))) {
      return contentOf(disk);
    }
  }

  @Test
  void mayBePutTogether() throws IOException {
    byte[] other = bytes(SIZE / 2, 9);
    try (DiskImage second = memory(other);
        BlockDevice joined =
            JoinedDevice.of(
                List.of(
                    new JoinedDevice.Part(below, 4096, SIZE / 2), JoinedDevice.Part.of(second)))) {
      System.arraycopy(other, 0, expected, SIZE / 2, SIZE / 2);
      assertShows(expected, joined);
      try (DiskImage disk = DiskImages.open(image, writing(joined))) {
        assertEquals(Optional.empty(), disk.backing());
        disk.write(SIZE / 2 - 1, new byte[] {1, 2});
      }
      expected[SIZE / 2 - 1] = 1;
      expected[SIZE / 2] = 2;
      assertShows(expected, joined);
    }
  }

  @Test
  void mayBeSmaller() throws IOException {
    try (DiskImage small = memory(bytes(5120, 7))) {
      Arrays.fill(expected, 5120, SIZE, (byte) 0);
      assertShows(expected, small);
    }
  }

  @Test
  void mayBeLargerAndShowsNoMoreOfItAfterGrowing() throws IOException {
    try (DiskImage large = memory(bytes(2 * SIZE, 7))) {
      assertShows(expected, large);
      try (DiskImage disk = DiskImages.open(image, writing(large))) {
        disk.resize(2L * SIZE);
      }
      assertShows(Arrays.copyOf(expected, 2 * SIZE), large);
    }
  }

  @Test
  void isNoneOfWhatTheImageRecords() throws IOException {
    for (OpenOptions options : List.of(reading(below), reading(below).metadataOnly())) {
      try (DiskImage disk = DiskImages.open(image, options)) {
        assertTrue(disk.info().backing().isPresent());
      }
    }
    List<ImageInfo> chain = DiskImages.infoChain(image, reading(below));
    assertEquals(1, chain.size());
    assertTrue(chain.getFirst().backing().isPresent());
  }

  @Test
  void isForADifferenceAlone() throws IOException {
    Path whole = directory.resolve("whole");
    DiskImages.create(whole, whole().size(SIZE));
    for (OpenOptions options : List.of(reading(below), writing(below))) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> DiskImages.open(whole, options));
      assertTrue(requireNonNull(e.getMessage()).startsWith(whole.toString()), e.getMessage());
    }
  }

  @Test
  void staysOpenWhereOpeningFails() throws IOException {
    byte[] damaged = Files.readAllBytes(image);
    Arrays.fill(damaged, 0, 512, (byte) 0);
    Files.write(image, damaged);
    assertThrows(IOException.class, () -> DiskImages.open(image, reading(below)));
    assertArrayEquals(expected, contentOf(below));
  }

  @Test
  void showsWhereItIsRead() throws IOException {
    try (DiskImage disk = DiskImages.open(image, writing(below))) {
      disk.write(0, new byte[512]);
      Extent first = requireNonNull(disk.extents().next());
      assertEquals(0, first.depth());
      assertFalse(first.length() == SIZE);
    }
  }
}
