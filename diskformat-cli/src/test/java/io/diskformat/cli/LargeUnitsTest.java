package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.OpenOptions;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images whose units are larger than what a conversion handles in one go. */
final class LargeUnitsTest {
  private static final long UNIT = 64L << 20;

  /** Zeroes over a unit take an entry of a table, and not all of its bytes. */
  @Test
  void zeroesAreNotWritten(@TempDir Path directory) throws IOException {
    Path zeroes = directory.resolve("zeroes.raw");
    DiskImages.create(zeroes, CreateOptions.format("raw").size(2 * UNIT));
    Path target = directory.resolve("target.vdi");
    DiskImages.create(
        target, CreateOptions.format("vdi").size(2 * UNIT).option("block_size", "64M"));
    try (DiskImage source = DiskImages.open(zeroes, OpenOptions.readOnly().format("raw"));
        DiskImage image = DiskImages.open(target, OpenOptions.writable().format("vdi"))) {
      image.write(UNIT / 2, new byte[] {1});
      image.write(UNIT + 1, new byte[] {2});
      Conversion.from(source).into(image).run();
      Extent extent = Objects.requireNonNull(image.extents().next());
      assertEquals(2 * UNIT, extent.length(), extent::toString);
      assertTrue(extent.kind() != Extent.Kind.DATA, extent::toString);
    }
  }
}
