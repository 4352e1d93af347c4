package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageClosedException;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compressed grains that many read at once, until the image is closed under them. */
final class ConcurrentReadsTest {
  private static final int READERS = 4;
  private static final int READS = 500;

  @TempDir private Path directory;

  @Test
  void eachReadsWhatIsThereOrThatItIsClosed() throws Exception {
    Disk disk = Disk.mixed(1, 20_000, 128, Grain.STORED, Grain.STORED, Grain.HOLE);
    Path file = new StreamFile(disk).build().write(directory.resolve("x.vmdk"));
    DiskImage image = DiskImages.open(file, Images.READ_ONLY);
    try (ExecutorService threads = Executors.newFixedThreadPool(READERS)) {
      List<Future<?>> readers = new ArrayList<>();
      for (int seed = 0; seed < READERS; seed++) {
        Random random = new Random(seed);
        readers.add(threads.submit(() -> read(image, disk.content, random)));
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
      for (int seed = 0; seed < READERS; seed++) {
        Random random = new Random(seed);
        readers.set(seed, threads.submit(() -> readForEver(image, disk.content, random)));
      }
      image.close();
      for (Future<?> reader : readers) {
        ExecutionException e = assertThrows(ExecutionException.class, reader::get);
        assertThrows(
            ImageClosedException.class,
            () -> {
              throw e.getCause();
            });
      }
    }
  }

  private static Void readForEver(DiskImage image, byte[] content, Random random)
      throws IOException {
    while (true) {
      var _ = read(image, content, random);
    }
  }

  private static Void read(DiskImage image, byte[] content, Random random) throws IOException {
    for (int i = 0; i < READS; i++) {
      int from = random.nextInt(content.length);
      int length = 1 + random.nextInt(Math.min(content.length - from, 1 << random.nextInt(20)));
      byte[] piece = new byte[length];
      image.read(from, piece);
      assertArrayEquals(Arrays.copyOfRange(content, from, from + length), piece);
    }
    return null;
  }
}
