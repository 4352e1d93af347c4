package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * Makes images whose disk was larger once, and whose tables and clusters still say so: as a tool
 * leaves them that changes no more than the size.
 */
final class ShortenedImage {
  private static final int SECTOR = 512;

  /** Where in the header the size of the disk is. */
  static final int SIZE_FIELD = 24;

  private ShortenedImage() {}

  /**
   * Creates an image, replacing one.
   *
   * @param options all but its size
   * @param onceSize how large the disk was, when something was stored all over it
   * @param size how large it is, in bytes, whole sectors
   */
  static void create(Path file, CreateOptions options, int onceSize, int size, Random random)
      throws IOException {
    DiskImages.create(file, options.size(onceSize).replaceExisting());
    boolean compresses =
        options.option("data_file").isEmpty() && options.option("encrypt.format").isEmpty();
    try (DiskImage disk = open(file)) {
      long cluster = disk.info().clusterSize().orElseThrow();
      for (int i = 0; i < 6; i++) {
        int first = random.nextInt(onceSize / SECTOR);
        int most = Math.min(onceSize / SECTOR - first, 1 + random.nextInt(100));
        int offset = first * SECTOR;
        int length = SECTOR * (1 + random.nextInt(most));
        byte[] content = new byte[length];
        random.nextBytes(content);
        switch (random.nextInt(5)) {
          case 0 -> disk.writeZeroes(offset, length);
          case 1 -> disk.discard(offset, length);
          case 2 -> {
            if (compresses) {
              writeCompressed(disk, offset & -cluster, (int) cluster, random);
            }
          }
          default -> disk.write(offset, content);
        }
      }
      storeEnd(disk, size, cluster, compresses, random);
    }
    shorten(file, size);
  }

  /** Has something stored around what is going to be the end of the disk. */
  private static void storeEnd(
      BlockDevice disk, int size, long cluster, boolean compresses, Random random)
      throws IOException {
    int most = (int) Math.min(disk.size() - size, cluster);
    if (most == 0) {
      return;
    }
    if (compresses && random.nextInt(3) == 0) {
      writeCompressed((DiskImage) disk, size & -cluster, (int) cluster, random);
    } else if (random.nextInt(3) > 0) {
      byte[] content = new byte[SECTOR * (1 + random.nextInt(most / SECTOR))];
      random.nextBytes(content);
      disk.write(size, content);
    }
  }

  private static void writeCompressed(DiskImage disk, long offset, int cluster, Random random)
      throws IOException {
    byte[] content = new byte[(int) Math.min(cluster, disk.size() - offset)];
    random.nextBytes(content);
    Arrays.fill(content, content.length / 2, content.length, (byte) 7);
    disk.writeCompressed(offset, MemorySegment.ofArray(content));
  }

  /** Makes the disk of an image shorter, and nothing else. */
  static void shorten(Path file, long size) throws IOException {
    HeaderPatch.of(file).putLong(SIZE_FIELD, size);
  }

  private static DiskImage open(Path file) throws IOException {
    return DiskImages.open(file, QCOW2.writable());
  }
}
