package io.diskformat.qcow2;

import static java.util.Objects.requireNonNull;

import io.diskformat.SecretSupplier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image that was generated. Of a chain, each image that is encrypted has a passphrase of its
 * own.
 *
 * @param path where it is
 * @param format its format
 * @param size of its disk, in bytes
 * @param isEncrypted whether it has a passphrase
 * @param below the image that it is a difference to, or null
 */
record MadeImage(
    Path path, String format, long size, boolean isEncrypted, @Nullable MadeImage below) {

  /** Supplies the passphrases of all images that are generated. */
  static final SecretSupplier SECRETS =
      image ->
          passphrase(requireNonNull(Path.of(image).getFileName()).toString())
              .getBytes(StandardCharsets.UTF_8);

  /** An image that is not encrypted, nor is anything below it. */
  MadeImage(Path path, String format, long size) {
    this(path, format, size, false, null);
  }

  /** Returns the name by which another image in its directory calls it. */
  String name() {
    return requireNonNull(path.getFileName()).toString();
  }

  /** Returns the image after its disk was resized, in bytes. */
  MadeImage resized(long newSize) {
    return new MadeImage(path, format, newSize, isEncrypted, below);
  }

  private static String passphrase(String name) {
    return "passphrase of " + name;
  }

  /** Returns the options by which QEMU's tools are given the image's own passphrase. */
  List<Object> secret() {
    return List.of("--object", "secret,id=%s,data=%s".formatted(secretId(), passphrase(name())));
  }

  /** Returns by what QEMU's tools call its passphrase. */
  String secretId() {
    return "of-" + name();
  }

  /** Returns {@link #arguments} for a verb that takes no format apart from other options. */
  List<Object> withoutFormat() {
    return needsPassphrase() ? arguments() : List.of(path);
  }

  /** Returns whether the image or one below it is encrypted. */
  boolean needsPassphrase() {
    return isEncrypted || (below != null && below.needsPassphrase());
  }

  /** Returns the arguments by which QEMU's tools take the image, with all passphrases. */
  List<Object> arguments() {
    if (!needsPassphrase()) {
      return List.of("-f", format, path);
    }
    List<Object> arguments = new ArrayList<>();
    StringBuilder options = new StringBuilder("driver=" + format + ",file.filename=" + path);
    String prefix = "";
    for (MadeImage image = this; image != null; image = image.below) {
      if (image.isEncrypted) {
        arguments.addAll(image.secret());
        options.append(",%sencrypt.key-secret=%s".formatted(prefix, image.secretId()));
      }
      prefix += "backing.";
    }
    arguments.addAll(List.of("--image-opts", options));
    return arguments;
  }
}
