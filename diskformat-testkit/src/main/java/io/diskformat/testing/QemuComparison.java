package io.diskformat.testing;

import static java.util.Objects.requireNonNull;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What QEMU says of an image in memory. */
final class QemuComparison {
  /** How qemu-img says that it has no check for a format. */
  private static final int NOT_CHECKED = 63;

  private QemuComparison() {}

  /**
   * Writes an image to its file, closes it, and fails unless QEMU finds it in order and reads what
   * it should hold.
   *
   * @param file where the image goes; files that it refers to are beside it
   * @param passphrase of an image that is encrypted, or null
   * @param disk what it should hold, or null if QEMU does not read such images
   */
  static void of(
      FormatUnderTest format,
      Storage image,
      Path file,
      @Nullable String passphrase,
      byte @Nullable [] disk)
      throws IOException {
    try (Storage content = image) {
      byte[] bytes = new byte[(int) content.size()];
      content.read(0, MemorySegment.ofArray(bytes));
      Files.write(file, bytes);
    }
    if (disk == null) {
      return;
    }
    Path raw = file.resolveSibling("model.raw");
    Files.write(raw, disk);
    if (passphrase != null) {
      EncryptedImage encrypted = new EncryptedImage(file, format.name(), passphrase);
      encrypted.byQemu("check").orFail();
      Path read = file.resolveSibling("read.raw");
      encrypted.exportByQemu(read);
      long at = Files.mismatch(read, raw);
      if (at >= 0) {
        throw new AssertionError("QEMU finds something else at " + at);
      }
      return;
    }
    // QEMU takes a data file's name relative to where it runs.
    Oracle qemuImg = Oracle.of("qemu-img").in(requireNonNull(file.toAbsolutePath().getParent()));
    Oracle.Result checked = qemuImg.run("check", "-f", format.name(), file);
    if (checked.exitCode() != NOT_CHECKED) {
      checked.orFail();
    }
    qemuImg.run("compare", "-f", format.name(), "-F", "raw", file, raw).orFail();
  }
}
