package io.diskformat.vdi;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FormatUnderTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;

/**
 * VDI as its proofs see it. A layout is {@code usual}, as the format creates images; or the size of
 * a block and of what precedes it, {@code 4096+512}; and it may end with {@code over parent}, which
 * is {@code parent.vdi}.
 */
final class VdiUnderTest extends FormatUnderTest {
  static final VdiUnderTest VDI = new VdiUnderTest();
  static final String OVER_PARENT = " over parent";

  private VdiUnderTest() {
    super("vdi");
  }

  @Override
  public void create(Path file, String layout, long size) throws IOException {
    if (layout.equals("usual")) {
      DiskImages.create(file, CreateOptions.format("vdi").size(size).replaceExisting());
      return;
    }
    int bytes = Math.toIntExact(size);
    VdiFile image = VdiFile.empty(bytes, layout.replace(OVER_PARENT, ""));
    if (layout.endsWith(OVER_PARENT)) {
      VdiFile parent = new VdiFile(new byte[bytes], 4096, new Random(1));
      parent.create = new UUID(7, 8);
      parent.write(file.resolveSibling("parent.vdi"));
      image.over(parent);
    }
    image.write(file);
  }

  @Override
  public String corruption(Storage image) throws IOException {
    return VdiAudit.of(image).corruption();
  }

  @Override
  public String problem(Storage image) throws IOException {
    return VdiAudit.of(image).problem();
  }
}
