package io.diskformat.vmdk;

import io.diskformat.storage.Storage;
import io.diskformat.testing.FormatUnderTest;
import java.io.IOException;
import java.nio.file.Path;

/** A COWD extent as its proofs see it. A layout is the size of a grain in sectors. */
final class CowdUnderTest extends FormatUnderTest {
  static final CowdUnderTest COWD = new CowdUnderTest();

  private CowdUnderTest() {
    super("cowd");
  }

  @Override
  public void create(Path file, String layout, long size) throws IOException {
    var _ = EsxFiles.cowd(VmdkUnderTest.empty(layout, size)).write(file);
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
