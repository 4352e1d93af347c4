package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.StorageOperation;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is done in several writes is divided between sectors, each of which is atomic. */
final class WholeSectorsTest {
  private static final int SIZE = 4 << 20;

  @Test
  void zeroesAreNotDividedWithinASector() throws IOException {
    PagedStorage image = new PagedStorage("image.vdi");
    DiskImages.create(image, CreateOptions.format("vdi").size(SIZE).option("block_size", "4M"));
    FaultyStorage storage = new FaultyStorage(image);
    try (DiskImage disk = DiskImages.open(storage, OpenOptions.writable().format("vdi"))) {
      byte[] content = new byte[SIZE];
      Arrays.fill(content, (byte) 1);
      disk.write(0, content);
      int before = storage.log().size();
      // Not a whole block, so that it is written, and no multiple of anything.
      long start = 100_001;
      long end = start + 1_234_567;
      disk.writeZeroes(start, end - start);
      List<StorageOperation.Write> writes =
          storage.log().stream()
              .skip(before)
              .filter(StorageOperation.Write.class::isInstance)
              .map(StorageOperation.Write.class::cast)
              .toList();
      assertTrue(writes.size() > 1, "written at once, so this tests nothing");
      for (StorageOperation.Write write : writes.subList(1, writes.size())) {
        assertEquals(0, write.position() % 512, write + " begins within a sector");
      }
    }
  }
}
