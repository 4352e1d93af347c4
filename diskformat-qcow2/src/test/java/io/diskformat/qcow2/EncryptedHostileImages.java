package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Small valid images that are encrypted, for others to spoil. Keys are other ones each time. */
final class EncryptedHostileImages {
  private static final int SIZE = 200 * 1024 + 512;

  private final Path directory;

  EncryptedHostileImages(Path directory) {
    this.directory = directory;
  }

  List<Path> all() throws IOException {
    Path luks = directory.resolve("luks.qcow2");
    QCOW2.create(luks, "cluster_size=65536," + Qcow2UnderTest.ENCRYPTED, SIZE);
    try (DiskImage disk = DiskImages.open(luks, QCOW2.writable())) {
      disk.write(3000, RandomContent.of(1, 0, 30_000));
      var _ = disk.createSnapshot("first");
      disk.write(20_000, RandomContent.of(2, 0, 30_000));
    }
    return List.of(luks);
  }
}
