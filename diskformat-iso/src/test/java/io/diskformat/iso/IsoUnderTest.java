package io.diskformat.iso;

import io.diskformat.storage.Storage;
import io.diskformat.testing.FormatUnderTest;
import java.nio.file.Path;

/** ISO images as proofs see them: they are only read. */
final class IsoUnderTest extends FormatUnderTest {
  IsoUnderTest() {
    super("iso");
  }

  @Override
  public void create(Path file, String layout, long size) {
    throw new UnsupportedOperationException();
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
