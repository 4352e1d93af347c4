package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.ModelledImage;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** A random qcow2 image. */
final class ModelledQcow2 extends ModelledImage {
  private static final int SECTOR = 512;

  ModelledQcow2(Path file, long seed) {
    super(QCOW2, file, new Random(seed));
  }

  @Override
  protected byte[] create(Random random, Path file) throws IOException {
    boolean version2 = random.nextInt(5) == 0;
    boolean extended = !version2 && random.nextInt(3) == 0;
    int clusterBits = extended ? 14 + random.nextInt(3) : 9 + random.nextInt(8);
    int clusterSize = 1 << clusterBits;
    int size = SECTOR * (1 + random.nextInt(Math.min(6000, 200 << (clusterBits - 9))));
    int largest = 2 * size;
    CreateOptions options =
        CreateOptions.format("qcow2")
            .option("cluster_size", String.valueOf(clusterSize))
            .option("compat", version2 ? "0.10" : "1.1");
    boolean dataFile = !version2 && random.nextInt(8) == 0;
    if (!version2) {
      options =
          options
              .option("refcount_bits", String.valueOf(1 << random.nextInt(7)))
              .option("lazy_refcounts", random.nextInt(4) == 0 ? "on" : "off")
              .option("compression_type", random.nextBoolean() ? "zstd" : "zlib")
              .option("extended_l2", extended ? "on" : "off");
    }
    if (dataFile) {
      withDataFile();
      options =
          options
              .option("data_file", "image.data")
              .option("data_file_raw", random.nextBoolean() ? "on" : "off");
    } else if (random.nextInt(4) == 0) {
      options = options.option("backing_file", "below.qcow2").option("backing_fmt", "qcow2");
      createBelow(file.resolveSibling("below.qcow2"), largest, random);
    } else if (random.nextBoolean()) {
      options = options.option("backing_file", "base.raw").option("backing_fmt", "raw");
      byte[] base = new byte[SECTOR * (1 + random.nextInt(largest / SECTOR * 5 / 4))];
      random.nextBytes(base);
      Files.write(file.resolveSibling("base.raw"), base);
    } else if (random.nextInt(4) == 0) {
      options =
          options.option(
              "preallocation", new String[] {"metadata", "falloc", "full"}[random.nextInt(3)]);
    }
    // A raw data file holds what the disk shows.
    boolean raw = options.option("data_file_raw").orElse("off").equals("on");
    boolean encrypted = !raw && random.nextInt(16) == 0;
    if (encrypted) {
      encrypted(Qcow2UnderTest.PASSPHRASE);
      options = Qcow2UnderTest.encrypted(options);
    }
    if (!dataFile && !encrypted) {
      compressing(clusterSize);
    }
    // A third of the disks were larger once, and what was there still is.
    int once = random.nextInt(3) == 0 ? size + SECTOR * random.nextInt(size / SECTOR + 1) : size;
    resizing(largest);
    compacting();
    note(size + " of " + once + " " + options.options());
    if (once > size) {
      ShortenedImage.create(file, options, once, size, random);
    } else {
      DiskImages.create(file, options.size(size).replaceExisting());
    }
    // Compressed clusters share one of the file, and do so twice once there is a snapshot.
    String tooNarrow = once > size ? "[12]" : "1";
    boolean refcountsAllowSnapshots =
        !options.option("refcount_bits").orElse("16").matches(tooNarrow);
    if (!dataFile && !encrypted && refcountsAllowSnapshots && random.nextInt(4) == 0) {
      String length = String.valueOf(Math.min(size, SECTOR * (1 + random.nextInt(200))));
      Oracle.qemuIo("-f", "qcow2", "-c", "write -P 0x5a 0 " + length, file).orFail();
      Oracle.qemuImg("snapshot", "-c", "one", file).orFail();
      note("snapshot");
    }
    byte[] model = new byte[size];
    try (DiskImage disk = DiskImages.open(file, QCOW2.readOnly())) {
      disk.read(0, model);
    }
    return model;
  }

  /** Creates an image below this one, to which it can be committed. */
  private void createBelow(Path below, int largest, Random random) throws IOException {
    byte[] content = new byte[SECTOR * (1 + random.nextInt(largest / SECTOR * 5 / 4))];
    int written = random.nextInt(content.length + 1);
    DiskImages.create(
        below,
        CreateOptions.format("qcow2")
            .size(content.length)
            .option("cluster_size", String.valueOf(512 << random.nextInt(8)))
            .replaceExisting());
    try (DiskImage disk = DiskImages.open(below, QCOW2.writable())) {
      random.nextBytes(content);
      java.util.Arrays.fill(content, written, content.length, (byte) 0);
      disk.write(0, java.util.Arrays.copyOf(content, written));
    }
    committing(below, content);
  }
}
