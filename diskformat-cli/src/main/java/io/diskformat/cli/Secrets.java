package io.diskformat.cli;

import io.diskformat.CreateOptions;
import io.diskformat.SecretSupplier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The passphrases that the command line supplies: {@code --object secret,id=ID,data=TEXT}, or
 * {@code file=FILE} in place of {@code data}; with {@code format=base64} either is so encoded. A
 * file is read when its passphrase is needed.
 */
final class Secrets {
  /** The largest file of a passphrase, in bytes. */
  private static final long MOST = 64 << 10;

  private final Map<String, SecretSupplier> byId = new LinkedHashMap<>();

  private Secrets() {}

  /**
   * Reads the values of {@code --object}.
   *
   * @throws IllegalArgumentException if one makes no sense
   */
  static Secrets of(List<String> objects) {
    Secrets secrets = new Secrets();
    for (String object : objects) {
      secrets.add(object);
    }
    return secrets;
  }

  private void add(String object) {
    Map<String, String> options = FormatOptions.parse(List.of(object));
    String kind = options.containsKey("qom-type") ? options.get("qom-type") : first(options);
    if (!kind.equals("secret")) {
      // It may be the passphrase itself.
      throw new IllegalArgumentException("--object must be a secret: secret,id=ID,data=TEXT");
    }
    options.remove(kind);
    options.remove("qom-type");
    String id = options.remove("id");
    if (id == null || id.isEmpty()) {
      throw new IllegalArgumentException("--object secret needs id=ID");
    }
    String data = options.remove("data");
    String file = options.remove("file");
    String format = Optional.ofNullable(options.remove("format")).orElse("raw");
    if ((data == null) == (file == null)) {
      throw new IllegalArgumentException("--object secret,id=" + id + " needs data or file");
    }
    if (!format.equals("raw") && !format.equals("base64")) {
      throw new IllegalArgumentException("--object secret: format must be raw or base64");
    }
    if (!options.isEmpty()) {
      throw new IllegalArgumentException(
          "--object secret: not supported: " + String.join(", ", options.keySet()));
    }
    SecretSupplier stored =
        data == null
            ? image -> read(Path.of(String.valueOf(file)))
            : image -> data.getBytes(StandardCharsets.UTF_8);
    SecretSupplier supplier = format.equals("raw") ? stored : image -> decoded(stored, image, id);
    if (byId.put(id, supplier) != null) {
      throw new IllegalArgumentException("--object secret: there are two of the id \"" + id + "\"");
    }
  }

  private static String first(Map<String, String> options) {
    return options.keySet().iterator().next();
  }

  private static byte[] read(Path file) throws IOException {
    if (Files.isRegularFile(file) && Files.size(file) > MOST) {
      throw new IOException(file + ": too large for a passphrase");
    }
    return Files.readAllBytes(file);
  }

  private static byte[] decoded(SecretSupplier stored, String image, String id) throws IOException {
    byte[] encoded = stored.secretOf(image);
    try {
      return Base64.getMimeDecoder().decode(encoded);
    } catch (IllegalArgumentException e) {
      throw new IOException("the secret \"" + id + "\" is not encoded in base64", e);
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  /**
   * Returns the supplier of one passphrase.
   *
   * @throws IllegalArgumentException if there is none of that id
   */
  SecretSupplier named(String id) {
    SecretSupplier supplier = byId.get(id);
    if (supplier == null) {
      throw new IllegalArgumentException("No secret with id '" + id + "'");
    }
    return supplier;
  }

  /**
   * Returns options for a new image with the passphrase that the image's own options name.
   *
   * @param named the image's own options
   * @throws IllegalArgumentException if there is no such secret
   */
  CreateOptions with(CreateOptions creating, Map<String, String> named) {
    String id = named.getOrDefault("encrypt.key-secret", named.get("key-secret"));
    Optional<SecretSupplier> secret = id == null ? only() : Optional.of(named(id));
    return secret.isPresent() ? creating.secret(secret.get()) : creating;
  }

  /** Returns the supplier for images of which it is not said which passphrase they have. */
  Optional<SecretSupplier> only() {
    return byId.size() == 1 ? Optional.of(byId.values().iterator().next()) : Optional.empty();
  }
}
