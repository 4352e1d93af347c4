package io.diskformat.qcow2;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.SecretSupplier;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FormatUnderTest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * qcow2 as its proofs see it. A layout is options of creation, as qemu-img takes them; the files
 * that they name are {@code base.raw} and {@code image.data}.
 */
final class Qcow2UnderTest extends FormatUnderTest {
  static final Qcow2UnderTest QCOW2 = new Qcow2UnderTest();

  private Qcow2UnderTest() {
    super("qcow2");
  }

  /** Of the layouts that are encrypted: such options of creation. */
  static final String ENCRYPTED =
      "encrypt.format=luks,encrypt.cipher-alg=aes-128,encrypt.iter-time=1";

  /** What opens these. */
  static final String PASSPHRASE = "passphrase";

  private static final SecretSupplier SECRET = SecretSupplier.of(PASSPHRASE.toCharArray());

  @Override
  protected OpenOptions with(OpenOptions options) {
    return super.with(options).secret(SECRET);
  }

  /** Returns the options that a layout is. */
  static CreateOptions options(String layout) {
    CreateOptions options =
        CreateOptions.format("qcow2").references(ReferencePolicy.sameDirectory()).secret(SECRET);
    return with(layout, options);
  }

  /** Returns options of creation for an image that is encrypted. */
  static CreateOptions encrypted(CreateOptions options) {
    return with(ENCRYPTED, options.secret(SECRET));
  }

  private static CreateOptions with(String layout, CreateOptions options) {
    CreateOptions all = options;
    for (String option : layout.split(",")) {
      all = all.option(option.split("=")[0], option.split("=")[1]);
    }
    return all;
  }

  @Override
  public void create(Path file, String layout, long size) throws IOException {
    if (layout.contains("base.raw")) {
      try (RandomAccessFile base =
          new RandomAccessFile(file.resolveSibling("base.raw").toFile(), "rw")) {
        base.setLength(0);
        base.setLength(size);
      }
    }
    Files.deleteIfExists(file.resolveSibling("image.data"));
    DiskImages.create(file, options(layout).size(size).replaceExisting());
  }

  @Override
  public String corruption(Storage image) throws IOException {
    return RefcountAudit.of(image).corruption();
  }

  @Override
  public String problem(Storage image) throws IOException {
    RefcountAudit audit = RefcountAudit.of(image);
    return audit.leaks() == 0 ? audit.corruption() : audit.leaks() + " leaks" + audit.corruption();
  }
}
