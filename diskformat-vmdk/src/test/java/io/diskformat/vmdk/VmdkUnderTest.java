package io.diskformat.vmdk;

import io.diskformat.storage.Storage;
import io.diskformat.testing.FormatUnderTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * VMDK as its proofs see it. A layout is the size of a grain in sectors, {@code 128}; it may go on
 * with {@code zeroed} if the header allows zeroed grains, {@code single} if there is no redundant
 * directory, and {@code over parent}, which is {@code parent.vmdk}.
 */
class VmdkUnderTest extends FormatUnderTest {
  static final VmdkUnderTest VMDK = new VmdkUnderTest();
  static final String OVER_PARENT = " over parent";

  VmdkUnderTest() {
    super("vmdk");
  }

  @Override
  public void create(Path file, String layout, long size) throws IOException {
    Disk disk = empty(layout, size);
    SparseFile image = new SparseFile(disk);
    image.zeroFlag = layout.contains("zeroed");
    image.version = image.zeroFlag ? 2 : 1;
    image.redundant = !layout.contains("single");
    DescriptorFile descriptor = SparseFile.of(disk);
    if (layout.endsWith(OVER_PARENT)) {
      create(file.resolveSibling("parent.vmdk"), layout.replace(OVER_PARENT, ""), size);
      descriptor.over("parent.vmdk", "12345678");
    }
    image.described(descriptor).build().write(file);
  }

  static Disk empty(String layout, long size) {
    Disk disk = new Disk(new byte[Math.toIntExact(size)], Integer.parseInt(layout.split(" ")[0]));
    Arrays.fill(disk.grains, Disk.Grain.HOLE);
    return disk;
  }

  @Override
  public String corruption(Storage image) throws IOException {
    return VmdkAudit.of(image).corruption();
  }

  @Override
  public String problem(Storage image) throws IOException {
    return VmdkAudit.of(image).problem();
  }
}
