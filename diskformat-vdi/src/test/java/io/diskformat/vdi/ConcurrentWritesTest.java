package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.ConcurrentWrites;
import io.diskformat.testing.Seeds;
import io.diskformat.vdi.VdiFile.Block;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Writers, readers, and a flusher at once. */
final class ConcurrentWritesTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"512,false", "8192,false", "8192,true", "1048576,false"})
  void eachSectorIsLinearizable(int blockSize, boolean differencing) throws Exception {
    byte[] zeroes = new byte[ConcurrentWrites.SIZE];
    VdiFile image = new VdiFile(zeroes, blockSize, new Random(1));
    for (int i = 0; i < image.blocks(); i++) {
      image.set(i, Block.FREE);
    }
    if (differencing) {
      VdiFile parent = new VdiFile(zeroes, 4096, new Random(1));
      parent.create = new UUID(7, 8);
      parent.write(directory.resolve("parent.vdi"));
      image.over(parent);
    }
    Path file = image.write(directory.resolve("image.vdi"));
    try (DiskImage disk = DiskImages.open(file, Chain.WRITABLE)) {
      new ConcurrentWrites().run(disk, Seeds.of(getClass()));
    }
    try (Storage storage = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      assertEquals("", VdiAudit.of(storage).problem());
    }
  }
}
