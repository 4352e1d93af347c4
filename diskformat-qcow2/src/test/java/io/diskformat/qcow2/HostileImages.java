package io.diskformat.qcow2;

import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Small valid images that together have every structure, for others to spoil. They are the same to
 * the byte each time.
 */
final class HostileImages {
  private static final long SIZE = 200 * 1024 + 512;

  private final Path directory;
  private final SourceFiles sourceFiles = new SourceFiles(new Random(1));

  HostileImages(Path directory) {
    this.directory = directory;
  }

  List<Path> all() throws IOException {
    Path base = sourceFiles.sparse(directory.resolve("base.raw"), SIZE / 2 + 100);
    Files.copy(base, directory.resolve("other.raw"));
    return List.of(
        withSnapshots("v2.qcow2", "compat=0.10,cluster_size=512", "base.raw"),
        withBitmaps(withSnapshots("v3.qcow2", "cluster_size=1k,refcount_bits=8", "base.raw")),
        withSnapshots("zstd.qcow2", "cluster_size=4k,compression_type=zstd", null),
        withSnapshots("extended.qcow2", "cluster_size=16k,extended_l2=on", "base.raw"),
        plain("external.qcow2", "cluster_size=4k,data_file=external.data", null),
        plain("wide.qcow2", "cluster_size=2k,refcount_bits=64", null),
        plain("narrow.qcow2", "cluster_size=2k,refcount_bits=1,preallocation=metadata", null));
  }

  private Path plain(String name, String options, String backing) throws IOException {
    Path image = directory.resolve(name);
    Oracle qemuImg = Oracle.of("qemu-img").in(directory);
    if (backing == null) {
      qemuImg.run("create", "-q", "-f", "qcow2", "-o", options, image, SIZE).orFail();
    } else {
      qemuImg
          .run(
              "create", "-q", "-f", "qcow2", "-b", backing, "-F", "raw", "-o", options, image, SIZE)
          .orFail();
    }
    Path source = sourceFiles.data(directory.resolve("source"), SIZE);
    QemuIo.on(image, "qcow2")
        .write(source, 3000, 30_000)
        .fill(3, SIZE - 700, 700)
        .zero(64 << 10, 20_000, false)
        .zero(90_000, 10_000, true)
        .run()
        .orFail();
    return image;
  }

  private Path withSnapshots(String name, String options, String backing) throws IOException {
    Path image = plain(name, options, backing);
    Path source = sourceFiles.data(directory.resolve("source"), SIZE);
    QemuIo script = QemuIo.on(image, "qcow2");
    List<Path> parts =
        SourceFiles.compressOneByOne(script, source, 128 << 10, 48 << 10, HeaderPatch.of(image).clusterSize());
    script.run().orFail();
    for (Path part : parts) {
      Files.delete(part);
    }
    Oracle.qemuImg("snapshot", "-c", "first", image).orFail();
    QemuIo.on(image, "qcow2").fill(5, 20_000, 30_000).run().orFail();
    Oracle.qemuImg("snapshot", "-c", "second", image).orFail();
    HeaderPatch.of(image).setSnapshotDates();
    return image;
  }

  private static Path withBitmaps(Path image) {
    Oracle.qemuImg("bitmap", "--add", image, "one").orFail();
    Oracle.qemuImg("bitmap", "--add", "-g", "4k", image, "two").orFail();
    return image;
  }
}
