package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;

import io.diskformat.testing.ModelledImage;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/** A random image in one hosted sparse extent. */
final class ModelledVmdk extends ModelledImage {
  ModelledVmdk(Path file, long seed) {
    super(VMDK, file, new Random(seed));
  }

  @Override
  protected byte[] create(Random random, Path path) throws IOException {
    int grainSectors = 1 << random.nextInt(9);
    int sectors = 1 + random.nextInt(Math.min(8000, 600 * grainSectors));
    resizing(512 * (sectors + sectors / 2));
    compacting();
    SparseFile file = file(random, sectors, grainSectors);
    DescriptorFile descriptor = SparseFile.of(file.disk());
    descriptor.cid = "%08x".formatted(random.nextInt() & 0x7fff_ffff);
    boolean child = random.nextInt(3) == 0;
    byte[] below = new byte[0];
    if (child) {
      SparseFile parent =
          file(random, 1 + random.nextInt(sectors * 3 / 2 + 1), 1 << random.nextInt(9));
      var _ = parent.described().build().write(path.resolveSibling("parent.vmdk"));
      below = parent.disk().content;
      committing(path.resolveSibling("parent.vmdk"), below);
      descriptor.over("parent.vmdk", "12345678");
    }
    var _ = file.described(descriptor).build().write(path);
    if (grainSectors < 8 || file.zeroFlag || child) {
      // QEMU reads grains of less than 8 sectors, but has no parent by these names.
      unknownToQemu();
    }
    note(
        "%d sectors, grains of %d, tables of %d%s%s%s"
            .formatted(
                sectors,
                grainSectors,
                file.tableEntries,
                file.redundant ? ", redundant" : "",
                file.zeroFlag ? ", zeroed" : "",
                child ? ", parent of " + below.length : ""));
    return file.disk().over(below);
  }

  private static SparseFile file(Random random, int sectors, int grainSectors) {
    boolean zeroed = random.nextBoolean();
    Disk disk = Disk.mixed(random.nextLong(), sectors, grainSectors, Grain.STORED);
    for (int i = 0; i < disk.grains.length; i++) {
      disk.set(i, Grain.values()[random.nextInt(3)]);
      if (disk.grains[i] == Grain.ZEROED && !zeroed) {
        disk.set(i, Grain.HOLE);
      }
    }
    SparseFile file = new SparseFile(disk);
    file.zeroFlag = zeroed;
    file.version = zeroed ? 2 : 1 + 2 * random.nextInt(2);
    file.tableEntries = random.nextBoolean() ? 512 : 128 << random.nextInt(3);
    file.redundant = random.nextInt(4) > 0;
    return file;
  }
}
