package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the file that an image is in. */
final class HostSpaceTest {
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("vmdk");
  private static final int GRAIN = 64 << 10;

  @TempDir private Path directory;

  @Test
  void whatIsWrittenInTheLastGrainBehindTheEndOfTheFileStays() throws IOException {
    Path path = directory.resolve("short.vmdk");
    DiskImages.create(path, CreateOptions.format("vmdk").size(4L << 20));
    byte[] content = RandomContent.of(1, 0, GRAIN);
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(0, content);
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - GRAIN / 2);
    }
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(3 * GRAIN / 4, Arrays.copyOfRange(content, 3 * GRAIN / 4, GRAIN));
    }
    Arrays.fill(content, GRAIN / 2, 3 * GRAIN / 4, (byte) 0);
    byte[] found = new byte[GRAIN];
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.read(0, found);
    }
    assertArrayEquals(content, found);
  }
}
