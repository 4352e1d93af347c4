package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.CutShortProof;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file that is cut short, or grows, underneath an open image. */
final class CutShortTest extends CutShortProof {
  private static final int SIZE = 1 << 20;
  private static final String SNAPSHOTS = "cluster_size=4096,lazy_refcounts=off";

  CutShortTest() {
    super(QCOW2);
  }

  @Override
  protected List<String> layouts() {
    return List.of(
        "cluster_size=4096",
        "cluster_size=512",
        "cluster_size=65536",
        "cluster_size=16384,extended_l2=on",
        "cluster_size=4096,compat=0.10",
        "cluster_size=4096,compression_type=zlib",
        "cluster_size=4096,compression_type=zstd",
        "cluster_size=4096,backing_file=base.raw,backing_fmt=raw",
        SNAPSHOTS,
        "cluster_size=4096,data_file=image.data,data_file_raw=off",
        "cluster_size=4096,data_file=image.data,data_file_raw=on");
  }

  @Override
  protected List<Path> createFilled(String layout) throws IOException {
    QCOW2.create(file(), layout, SIZE);
    Path base = directory().resolve("base.raw");
    if (layout.contains("base.raw")) {
      Files.write(base, RandomContent.of(2, 0, SIZE + 5000));
    }
    try (DiskImage disk = DiskImages.open(file(), QCOW2.writable())) {
      for (int at = 0; at < SIZE; at += 64 << 10) {
        disk.write(at, RandomContent.of(1, at, 40 << 10));
      }
      if (layout.contains("compression")) {
        disk.writeCompressed(0, MemorySegment.ofArray(compressible()));
      }
    }
    if (layout.equals(SNAPSHOTS)) {
      takeSnapshots();
    }
    if (layout.contains("base.raw")) {
      return List.of(file(), base);
    }
    return layout.contains("image.data")
        ? List.of(file(), directory().resolve("image.data"))
        : List.of(file());
  }

  private static byte[] compressible() {
    byte[] content = new byte[SIZE];
    for (int i = 0; i < SIZE; i++) {
      content[i] = (byte) (i * 31 >>> 11);
    }
    return content;
  }

  private void takeSnapshots() throws IOException {
    Oracle.qemuImg("snapshot", "-c", "first", file()).orFail();
    try (DiskImage disk = DiskImages.open(file(), QCOW2.writable())) {
      disk.write(0, RandomContent.of(3, 0, 300_000));
    }
    Oracle.qemuImg("snapshot", "-c", "second", file()).orFail();
  }
}
