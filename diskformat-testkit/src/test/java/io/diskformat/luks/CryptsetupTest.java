package io.diskformat.luks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.SecretSupplier;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Headers beside cryptsetup, which needs no kernel's help for these. */
final class CryptsetupTest {
  private static final String PASSPHRASE = "a passphrase";
  private static final SecretSupplier SECRET = SecretSupplier.of(PASSPHRASE.toCharArray());

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("x.luks");
  }

  private Oracle.Result cryptsetup(String passphrase, Object... arguments) {
    return Oracle.of("cryptsetup").input(passphrase).run(arguments);
  }

  private boolean opensFor(String passphrase) {
    return cryptsetup(passphrase, "open", "--test-passphrase", "--key-file", "-", file()).exitCode()
        == 0;
  }

  /** Keys of 192 bits outside of XTS are more than QEMU has. */
  @ParameterizedTest
  @CsvSource({"aes-256, xts, plain64", "aes-192, cbc, plain64", "aes-256, cbc, essiv"})
  void itOpensOurs(String cipher, String mode, String vectors) throws IOException {
    DiskImages.create(
        file(),
        CreateOptions.format("luks")
            .size(1 << 20)
            .option("cipher-alg", cipher)
            .option("cipher-mode", mode)
            .option("ivgen-alg", vectors)
            .option("iter-time", "1")
            .secret(SECRET));
    assertTrue(opensFor(PASSPHRASE));
    assertTrue(!opensFor("another"));
    OpenOptions options = OpenOptions.writable().format("luks").secret(SECRET);
    try (ImageMaintenance image = DiskImages.maintain(file(), options)) {
      int _ =
          image.addKey(
              SecretSupplier.of("more".toCharArray()), OptionalInt.of(6), Duration.ofMillis(1));
    }
    assertTrue(opensFor("more"));
    String dump = cryptsetup("", "luksDump", file()).orFail().output();
    assertTrue(dump.contains("Key Slot 0: ENABLED"), dump);
    assertTrue(dump.contains("Key Slot 6: ENABLED"), dump);
    assertTrue(dump.contains("Key Slot 7: DISABLED"), dump);
  }

  private void format(String type, Object... options) throws IOException {
    try (RandomAccessFile empty = new RandomAccessFile(file().toFile(), "rw")) {
      empty.setLength(20 << 20);
    }
    Object[] all = new Object[7 + options.length];
    System.arraycopy(
        new Object[] {"luksFormat", "--batch-mode", "--type", type, "--key-file", "-"},
        0,
        all,
        0,
        6);
    System.arraycopy(options, 0, all, 6, options.length);
    all[all.length - 1] = file();
    cryptsetup(PASSPHRASE, all).orFail();
  }

  @Test
  void weOpenIts() throws IOException {
    format(
        "luks1",
        "--cipher",
        "aes-cbc-plain64",
        "--key-size",
        192,
        "--pbkdf-force-iterations",
        1000);
    OpenOptions options = OpenOptions.readOnly().secret(SECRET);
    try (DiskImage image = DiskImages.open(file(), options)) {
      assertEquals("aes-192", image.info().details().get("cipher-alg"));
    }
  }

  @Test
  void itsSecondVersionIsDescribed() throws IOException {
    format("luks2", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", 1000, "--sector-size", 4096);
    try (DiskImage image = DiskImages.open(file(), OpenOptions.readOnly().metadataOnly())) {
      Map<String, Object> details = image.info().details();
      assertEquals("aes-xts-plain64", details.get("cipher"));
      assertEquals("4096", details.get("sector-size"));
      assertEquals("pbkdf2", details.get("kdf"));
      assertEquals((20 << 20) - (long) details.get("payload-offset"), image.size());
    }
    assertThrows(
        UnsupportedFeatureException.class,
        () -> DiskImages.open(file(), OpenOptions.readOnly().secret(SECRET)));
  }
}
