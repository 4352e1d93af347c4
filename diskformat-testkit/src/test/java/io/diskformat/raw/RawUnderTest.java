package io.diskformat.raw;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FormatUnderTest;
import java.io.IOException;
import java.nio.file.Path;

/** Raw as its proofs see it: the file is the disk, in which nothing can be wrong. */
final class RawUnderTest extends FormatUnderTest {
  static final RawUnderTest RAW = new RawUnderTest();

  private RawUnderTest() {
    super("raw");
  }

  @Override
  public void create(Path file, String layout, long size) throws IOException {
    DiskImages.create(file, CreateOptions.format("raw").size(size).replaceExisting());
  }

  @Override
  public String corruption(Storage image) {
    return "";
  }

  @Override
  public String problem(Storage image) {
    return "";
  }
}
