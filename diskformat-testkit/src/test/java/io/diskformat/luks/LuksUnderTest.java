package io.diskformat.luks;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.SecretSupplier;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FormatUnderTest;
import java.io.IOException;
import java.nio.file.Path;

/** LUKS as its proofs see it: a disk behind a cipher, in which nothing can be wrong. */
final class LuksUnderTest extends FormatUnderTest {
  static final LuksUnderTest LUKS = new LuksUnderTest();

  private static final SecretSupplier SECRET = SecretSupplier.of("passphrase".toCharArray());

  private LuksUnderTest() {
    super("luks");
  }

  /** A layout is the name of a cipher. */
  @Override
  public void create(Path file, String layout, long size) throws IOException {
    CreateOptions options =
        CreateOptions.format("luks")
            .size(size)
            .option("cipher-alg", layout)
            .option("iter-time", "1")
            .secret(SECRET)
            .replaceExisting();
    DiskImages.create(file, options, image -> {});
  }

  @Override
  protected OpenOptions with(OpenOptions options) {
    return super.with(options).secret(SECRET);
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
