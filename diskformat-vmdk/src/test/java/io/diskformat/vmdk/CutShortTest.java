package io.diskformat.vmdk;

import io.diskformat.DiskImages;
import io.diskformat.testing.CutShort;
import io.diskformat.testing.RandomContent;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is cut short, or grows, underneath an open image: an IOException, and no other. */
final class CutShortTest {
  @TempDir private Path directory;

  @Test
  void sparse() throws IOException {
    Disk disk = Disk.mixed(1, 1000, 8, Grain.values());
    Path file = new SparseFile(disk).described().build().write(directory.resolve("x.vmdk"));
    CutShort.run(() -> DiskImages.open(file, Images.READ_ONLY), file);
  }

  @Test
  void stream() throws IOException {
    Disk disk = Disk.mixed(1, 1000, 8, Grain.STORED, Grain.HOLE);
    StreamFile stream = new StreamFile(disk);
    Path file = stream.build().write(directory.resolve("x.vmdk"));
    CutShort.run(() -> DiskImages.open(file, Images.READ_ONLY), file);
    stream.footer = false;
    var _ = stream.build().write(file);
    CutShort.run(() -> DiskImages.open(file, Images.READ_ONLY), file);
  }

  @Test
  void severalFilesOverAParent() throws IOException {
    Disk below = Disk.mixed(1, 1000, 8, Grain.STORED, Grain.HOLE);
    Path parent = new SparseFile(below).described().build().write(directory.resolve("p.vmdk"));
    Disk disk = Disk.mixed(2, 500, 8, Grain.values());
    Path sparse = new SparseFile(disk).build().write(directory.resolve("s"));
    Path cowd =
        EsxFiles.cowd(Disk.mixed(3, 300, 1, Grain.STORED, Grain.HOLE))
            .write(directory.resolve("c"));
    Path se = EsxFiles.seSparse(disk, false).write(directory.resolve("e"));
    Path flat = Files.write(directory.resolve("f"), RandomContent.of(1, 0, 200 * 512));
    Path file =
        new DescriptorFile(
                "RW 500 SPARSE \"s\"",
                "RW 300 VMFSSPARSE \"c\"",
                "RW 200 FLAT \"f\" 0",
                "RW 500 SESPARSE \"e\"")
            .over("p.vmdk", "12345678")
            .write(directory.resolve("x.vmdk"));
    CutShort.run(
        () -> DiskImages.open(file, Images.READ_ONLY), file, parent, sparse, cowd, se, flat);
  }
}
