package io.diskformat.qcow2;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.storage.Storage;
import io.diskformat.testing.ModelledImage;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** A random qcow2 image. */
final class ModelledQcow2 extends ModelledImage {
  private static final int SECTOR = 512;

  ModelledQcow2(Path directory, long seed) {
    super("qcow2", directory.resolve("image.qcow2"), new Random(seed));
  }

  @Override
  protected String problem(Storage image) throws IOException {
    RefcountAudit audit = RefcountAudit.of(image);
    if (!audit.corruption().isEmpty()) {
      return "corrupt:" + audit.corruption();
    }
    return audit.leaks() == 0 ? "" : audit.leaks() + " leaks";
  }

  @Override
  protected byte[] create(Random random, Path file) throws IOException {
    boolean version2 = random.nextInt(5) == 0;
    boolean extended = !version2 && random.nextInt(3) == 0;
    int clusterBits = extended ? 14 + random.nextInt(3) : 9 + random.nextInt(8);
    int clusterSize = 1 << clusterBits;
    int size = SECTOR * (1 + random.nextInt(Math.min(6000, 200 << (clusterBits - 9))));
    byte[] model = new byte[size];
    CreateOptions options =
        CreateOptions.format("qcow2")
            .size(size)
            .replaceExisting()
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
      options =
          options
              .option("data_file", "image.data")
              .option("data_file_raw", random.nextBoolean() ? "on" : "off");
    } else if (random.nextBoolean()) {
      options = options.option("backing_file", "base.raw").option("backing_fmt", "raw");
      byte[] base = new byte[SECTOR * (1 + random.nextInt(size / SECTOR * 3 / 2 + 1))];
      random.nextBytes(base);
      Files.write(file.resolveSibling("base.raw"), base);
      System.arraycopy(base, 0, model, 0, Math.min(base.length, size));
    } else if (random.nextInt(4) == 0) {
      options =
          options.option(
              "preallocation", new String[] {"metadata", "falloc", "full"}[random.nextInt(3)]);
    }
    if (!dataFile) {
      compressing(clusterSize);
    }
    tell(size + " " + options.options());
    DiskImages.create(file, options);
    boolean refcountsAllowSnapshots = !"1".equals(options.options().get("refcount_bits"));
    if (!dataFile && refcountsAllowSnapshots && random.nextInt(4) == 0) {
      String length = String.valueOf(Math.min(size, SECTOR * (1 + random.nextInt(200))));
      Oracle.qemuIo("-f", "qcow2", "-c", "write -P 0x5a 0 " + length, file).orFail();
      Arrays.fill(model, 0, Integer.parseInt(length), (byte) 0x5a);
      Oracle.qemuImg("snapshot", "-c", "one", file).orFail();
      tell("snapshot");
    }
    return model;
  }
}
