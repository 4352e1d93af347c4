package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageClosedException;
import io.diskformat.storage.CachedStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FormatUnderTest;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images in a storage of the caller's, of which nothing is mapped. */
final class UnmappedTest {
  @TempDir private Path directory;

  private void assertShows(byte[] expected, Bytes file) throws IOException {
    Path path = file.write(directory.resolve("x.vmdk"));
    for (boolean cached : new boolean[] {false, true}) {
      Storage storage = FormatUnderTest.inMemory(path);
      DiskImage image =
          DiskImages.open(cached ? new CachedStorage(storage) : storage, VMDK.readOnly());
      try (image) {
        byte[] shown = new byte[expected.length];
        image.read(0, shown);
        assertArrayEquals(expected, shown);
        assertEquals(expected.length, image.info().virtualSize());
      }
      assertThrows(ImageClosedException.class, () -> image.read(0, new byte[1]));
      assertThrows(ImageClosedException.class, image::info);
      assertThrows(ImageClosedException.class, image::extents);
      image.close();
    }
  }

  @Test
  void sparse() throws IOException {
    Disk disk = Disk.mixed(1, 3000, 8, Grain.values());
    assertShows(disk.content, new SparseFile(disk).described().build());
  }

  @Test
  void stream() throws IOException {
    Disk disk = Disk.mixed(1, 3000, 8, Grain.STORED, Grain.HOLE);
    StreamFile stream = new StreamFile(disk);
    assertShows(disk.content, stream.build());
    stream.footer = false;
    assertShows(disk.content, stream.build());
  }
}
