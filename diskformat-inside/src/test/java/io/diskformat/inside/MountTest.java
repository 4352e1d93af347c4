package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of plain images, and of images with partitions. */
class MountTest {
  @TempDir Path directory;

  @Test
  void readsFiles() throws IOException {
    Path files = Files.createDirectories(directory.resolve("files/a/b"));
    byte[] content = new byte[1_234_567];
    new Random(1).nextBytes(content);
    Files.write(files.resolve("content"), content);
    Files.createSymbolicLink(files.resolve("link"), Path.of("../b/content"));
    Path image = directory.resolve("image");
    Oracle.of("mke2fs")
        .run("-q", "-t", "ext4", "-L", "A LABEL", "-d", directory.resolve("files"), image, "16M")
        .orFail();
    try (DiskImage opened = DiskImages.open(image)) {
      Disk disk = Disk.of(opened);
      Volume volume = disk.volumes().getFirst();
      assertEquals("/dev/sda", volume.name());
      assertEquals("ext4", volume.content().type());
      assertEquals("A LABEL", volume.content().label());
      try (FileSystem mounted = disk.mount("/dev/sda")) {
        assertArrayEquals(content, Files.readAllBytes(mounted.getPath("/a/b/link")));
      }
    }
  }
}
