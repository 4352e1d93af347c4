package io.diskformat.cli;

import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import io.diskformat.OpenOptions;
import io.diskformat.SecretSupplier;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Supplies the passphrases of the images of a chain, each of which may have its own. */
final class ChainSecrets implements SecretSupplier {
  private final Map<String, SecretSupplier> byImage = new HashMap<>();

  /** Why it is not known which images there are, or null. */
  private final @Nullable IOException failure;

  private ChainSecrets(ImageName image, Secrets secrets, OpenOptions options) {
    IOException failed = null;
    List<ImageInfo> chain = List.of();
    try {
      chain = DiskImages.infoChain(image.file(), options.shared());
    } catch (IOException e) {
      failed = e;
    }
    failure = failed;
    for (int i = 0; i < image.secrets().size(); i++) {
      String id = image.secrets().get(i);
      if (!id.isEmpty()) {
        SecretSupplier named = secrets.named(id);
        if (i < chain.size()) {
          byImage.put(chain.get(i).file(), named);
        }
      }
    }
  }

  /**
   * Returns the supplier for an image and those below it. It looks at once which images these are,
   * and not while one is open and locked.
   *
   * @param options by which they are opened
   * @throws IllegalArgumentException if there is no secret of a name
   */
  static SecretSupplier of(ImageName image, Secrets secrets, OpenOptions options) {
    return image.secrets().size() == 1
        ? secrets.named(image.secrets().getFirst())
        : new ChainSecrets(image, secrets, options);
  }

  @Override
  public byte[] secretOf(String image) throws IOException {
    SecretSupplier supplier = byImage.get(image);
    if (supplier == null) {
      throw failure != null
          ? failure
          : new IOException(image + ": is encrypted, and --image-opts names no passphrase for it");
    }
    return supplier.secretOf(image);
  }
}
