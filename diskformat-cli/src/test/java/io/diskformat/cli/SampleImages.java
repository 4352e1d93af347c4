package io.diskformat.cli;

import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Images of many kinds, made by QEMU in a directory. */
final class SampleImages {
  private static final int MIB = 1 << 20;

  private final Path directory;
  private final List<Path> images = new ArrayList<>();

  private SampleImages(Path directory) {
    this.directory = directory;
  }

  /** Makes the images, and returns those of which the whole chain is within the directory. */
  static List<Path> in(Path directory) throws IOException {
    SampleImages samples = new SampleImages(directory);
    samples.raw();
    samples.qcow2();
    samples.chains();
    return samples.images;
  }

  private void raw() throws IOException {
    images.add(Files.createFile(directory.resolve("empty.raw")));
    Path sparse = directory.resolve("sparse.raw");
    try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
      file.setLength(4 * MIB + 512);
      file.seek(MIB);
      file.write(new byte[65536]);
    }
    images.add(sparse);
    images.add(Files.write(directory.resolve("odd.raw"), new byte[12345]));
    images.add(create("full.raw", "raw", "3M", "preallocation=full"));
  }

  private void qcow2() {
    images.add(create("empty.qcow2", "qcow2", "0", "cluster_size=64k"));
    images.add(create("old.qcow2", "qcow2", "5.5M", "compat=0.10"));
    Path varied =
        create(
            "varied.qcow2",
            "qcow2",
            "10M",
            "compression_type=zstd,lazy_refcounts=on,extended_l2=on,cluster_size=32k");
    QemuIo.on(varied, "qcow2")
        .fill(1, 1000, 50_000)
        .zero(2 * MIB, MIB, false)
        .zero(4 * MIB, 300_000, true)
        .fill(3, 9 * MIB + 4096, 2048)
        .run()
        .orFail();
    images.add(varied);
    Path snapshots = create("snapshots.qcow2", "qcow2", "6M", "cluster_size=4k");
    QemuIo.on(snapshots, "qcow2").fill(4, 0, MIB).run().orFail();
    Oracle.qemuImg("snapshot", "-c", "the first", snapshots).orFail();
    QemuIo.on(snapshots, "qcow2").fill(5, 65536, MIB).run().orFail();
    Oracle.qemuImg("snapshot", "-c", "a second with a name that is long", snapshots).orFail();
    Oracle.qemuImg("snapshot", "-c", "\u65e5\u672c", snapshots).orFail();
    images.add(snapshots);
    images.add(create("metadata.qcow2", "qcow2", "7M", "preallocation=metadata"));
    Path data = directory.resolve("data.bin");
    Path external =
        create("external.qcow2", "qcow2", "2M", "data_file=" + data + ",data_file_raw=on");
    QemuIo.on(external, "qcow2").fill(6, MIB, 65536).run().orFail();
    images.add(external);
    Path bitmaps = create("bitmaps.qcow2", "qcow2", "2M", "cluster_size=64k");
    Oracle.qemuImg("bitmap", "--add", bitmaps, "b0").orFail();
    Oracle.qemuImg("bitmap", "--add", "--disable", "-g", "1M", bitmaps, "b1").orFail();
    images.add(bitmaps);
  }

  private void chains() {
    Path base = create("base.raw", "raw", "4M", "preallocation=off");
    QemuIo.on(base, "raw").fill(7, MIB, 100_000).run().orFail();
    images.add(base);
    Path middle = overlay("middle.qcow2", "base.raw", "raw");
    QemuIo.on(middle, "qcow2").fill(8, 0, 65536).zero(MIB, 65536, false).run().orFail();
    images.add(middle);
    Path top = overlay("top.qcow2", middle.toString(), "qcow2");
    QemuIo.on(top, "qcow2").fill(9, 3 * MIB, 4096).run().orFail();
    images.add(top);
  }

  private Path create(String name, String format, String size, String options) {
    Path image = directory.resolve(name);
    Oracle.qemuImg("create", "-q", "-f", format, "-o", options, image, size).orFail();
    return image;
  }

  private Path overlay(String name, String base, String baseFormat) {
    Path image = directory.resolve(name);
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-b", base, "-F", baseFormat, image).orFail();
    return image;
  }

  /** Makes a copy of the image with its clusters compressed, beside it. */
  static Path compressed(Path image) {
    Path copy = image.resolveSibling(image.getFileName() + ".compressed.qcow2");
    Oracle.qemuImg("convert", "-c", "-O", "qcow2", image, copy).orFail();
    return copy;
  }
}
