package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.testing.ConcurrentResizesProof;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;

/** Resizes beside each other, and beside writers and readers. */
final class ConcurrentResizesTest extends ConcurrentResizesProof {
  private static final int LARGEST = 1 << 20;

  ConcurrentResizesTest() {
    super(QCOW2, true, LARGEST);
  }

  @Override
  protected List<String> layouts() {
    return List.of(
        "cluster_size=512,backing_file=base.raw,backing_fmt=raw",
        "cluster_size=65536,backing_file=base.raw,backing_fmt=raw",
        "cluster_size=4096,compat=0.10,backing_file=base.raw,backing_fmt=raw",
        "cluster_size=16384,extended_l2=on,backing_file=base.raw,backing_fmt=raw",
        "cluster_size=65536,data_file=image.data,data_file_raw=on",
        "cluster_size=65536");
  }

  @Override
  protected void createShort(String layout, Random random) throws IOException {
    Files.write(directory().resolve("base.raw"), RandomContent.of(2, 0, 2 * LARGEST));
    int size = 512 * (1 + random.nextInt(200));
    int once = size + 512 * random.nextInt(200);
    ShortenedImage.create(file(), Qcow2UnderTest.options(layout), once, size, random);
  }
}
