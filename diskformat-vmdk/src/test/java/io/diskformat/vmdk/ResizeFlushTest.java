package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.diskformat.DiskImage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.FormatUnderTest;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A resize makes durable what was written before it. */
final class ResizeFlushTest {
  @TempDir private Path directory;

  @Test
  void evenToTheSizeThatTheDiskHas() throws IOException {
    Path file = directory.resolve("image.vmdk");
    VMDK.create(file, "8", 1 << 20);
    FaultyStorage storage = new FaultyStorage(FormatUnderTest.inMemory(file));
    byte[] content = RandomContent.of(1, 0, 20_000);
    try (DiskImage disk = VMDK.openWritable(storage, file)) {
      disk.write(0, content);
      disk.resize(disk.size());
      int now = storage.operations();
      long _ =
          CrashImages.of(storage)
              .check(
                  now,
                  now,
                  1,
                  50,
                  (left, point) -> {
                    byte[] found = new byte[content.length];
                    try (DiskImage survivor = VMDK.openWritable(left, file)) {
                      survivor.read(0, found);
                    }
                    assertArrayEquals(content, found);
                  });
    }
  }
}
