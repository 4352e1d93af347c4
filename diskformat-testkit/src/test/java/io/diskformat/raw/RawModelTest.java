package io.diskformat.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.OpenOptions;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/** Whatever is done to a raw image, it is what an array of bytes would be. */
final class RawModelTest {
  private static final int SIZE = 1 << 20;
  private static final OpenOptions WRITING = OpenOptions.writable().format("raw");

  private enum Kind {
    WRITE,
    READ,
    ZERO,
    DISCARD,
    RESIZE,
    FLUSH,
    REOPEN,
    EXTENTS
  }

  record Step(Kind kind, int offset, int length) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Integer> offsets =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, SIZE),
            Arbitraries.integers().between(0, SIZE / 4096).map(page -> page * 4096));
    Arbitrary<Integer> lengths =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 2000),
            Arbitraries.integers().between(0, SIZE / 4),
            Arbitraries.integers().between(0, 20).map(pages -> pages * 4096));
    return Combinators.combine(Arbitraries.of(Kind.class), offsets, lengths)
        .as(Step::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(40);
  }

  @Property(tries = 150, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
  void isAnArrayOfBytes(@ForAll("steps") List<Step> steps) throws IOException {
    Path path = Files.createTempFile("model", ".img");
    try {
      DiskImages.create(path, CreateOptions.format("raw").size(SIZE / 2).replaceExisting());
      byte[] model = new byte[SIZE / 2];
      DiskImage disk = DiskImages.open(path, WRITING);
      try {
        for (int i = 0; i < steps.size(); i++) {
          Step step = steps.get(i);
          int offset = Math.min(step.offset, model.length);
          int length = Math.min(step.length, model.length - offset);
          switch (step.kind) {
            case WRITE -> {
              byte[] bytes = RandomContent.of(i, offset, length);
              disk.write(offset, bytes);
              System.arraycopy(bytes, 0, model, offset, length);
            }
            case READ ->
                assertArrayEquals(
                    Arrays.copyOfRange(model, offset, offset + length), read(disk, offset, length));
            case ZERO -> {
              disk.writeZeroes(offset, length);
              Arrays.fill(model, offset, offset + length, (byte) 0);
            }
            case DISCARD -> {
              disk.discard(offset, length);
              // Either is right; here it is always this.
              Arrays.fill(model, offset, offset + length, (byte) 0);
            }
            case RESIZE -> {
              disk.resize(step.offset / 512 * 512);
              model = Arrays.copyOf(model, step.offset / 512 * 512);
            }
            case FLUSH -> {
              disk.flush();
              assertArrayEquals(model, Files.readAllBytes(path));
            }
            case REOPEN -> {
              disk.close();
              disk = DiskImages.open(path, WRITING);
            }
            case EXTENTS -> assertExtents(disk, model, offset, length);
          }
          assertEquals(model.length, disk.size());
        }
        assertArrayEquals(model, read(disk, 0, model.length));
        assertExtents(disk, model, 0, model.length);
      } finally {
        disk.close();
      }
      assertArrayEquals(model, Files.readAllBytes(path));
    } finally {
      Files.delete(path);
    }
  }

  private static byte[] read(DiskImage disk, int offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    disk.read(offset, bytes);
    return bytes;
  }

  private static void assertExtents(DiskImage disk, byte[] model, int offset, int length)
      throws IOException {
    ExtentCursor cursor = disk.extents(offset, length);
    long at = offset;
    Extent last = null;
    for (Extent extent; (extent = cursor.next()) != null; last = extent) {
      assertEquals(at, extent.offset());
      at = extent.end();
      if (extent.readsAsZeroes()) {
        assertArrayEquals(
            new byte[(int) extent.length()],
            Arrays.copyOfRange(model, (int) extent.offset(), (int) extent.end()));
      }
      assertEquals(false, last != null && last.continuesWith(extent), "extents are maximal");
    }
    assertEquals(offset + length, at);
  }
}
