package io.diskformat.cli;

import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ReferencePolicy;
import io.diskformat.SecretSupplier;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A verb that opens images that are there already. */
abstract class ImageVerb extends Verb {
  private final Argument format;
  private final Argument references =
      option(
          "POLICY",
          "Which of the files that an image names may be opened: any, same-directory (as the image,"
              + " and below; the default) or none.",
          "--references");
  private final Argument parent =
      options(
          "FILE",
          "An image that others are a difference to, where those do not record its name (VDI)."
              + " Otherwise it is looked for beside them. Several may be named, one each.",
          "--parent");

  private final Argument objects =
      options(
          "OBJECT",
          "A passphrase: secret,id=ID,data=TEXT or secret,id=ID,file=FILE. If it is the only one,"
              + " it is that of every encrypted image.",
          "--object");
  private final Argument imageOptions =
      flag(
          "Images are named by options: driver=FMT,file.filename=FILE; and by"
              + " encrypt.key-secret=ID if they are encrypted, backing.encrypt.key-secret=ID for"
              + " the image below.",
          "--image-opts");

  ImageVerb(String name, String description) {
    this(name, description, "-f", "--format");
  }

  /**
   * Begins with the options that all of them have.
   *
   * @param ofFormat the names of the option that names the format
   */
  ImageVerb(String name, String description, String... ofFormat) {
    super(name, description);
    format =
        option(
            "FMT",
            "The image's format. Probed if not given: name it if others wrote the image.",
            ofFormat);
  }

  /**
   * Returns an image as a parameter names it.
   *
   * @param knownFormat the format that was named for it, or null
   */
  final ImageName image(String parameter, @Nullable String knownFormat) {
    if (!imageOptions.isGiven()) {
      return ImageName.of(parameter, knownFormat);
    }
    if (knownFormat != null) {
      throw new IllegalArgumentException("--image-opts and -f exclude each other");
    }
    return ImageName.ofOptions(parameter);
  }

  /** Returns the image that a parameter names. */
  final ImageName image(Argument parameter) {
    return image(parameter.required(), format());
  }

  /** Returns the passphrases that were supplied. */
  final Secrets secrets() {
    return Secrets.of(objects.values());
  }

  /** Returns the format that was named for the image, or null to probe. */
  final @Nullable String format() {
    return format.value();
  }

  /** Returns how to write an image. */
  final OpenOptions writing(ImageName image) {
    return with(OpenOptions.writable(), image);
  }

  /** Returns options with what the command line says of an image, and of all images. */
  final OpenOptions with(OpenOptions options, ImageName image) {
    OpenOptions all = options.references(policy()).parents(parents());
    String format = image.format();
    if (format != null) {
      all = all.format(format);
    }
    Optional<SecretSupplier> secret =
        image.secrets().isEmpty()
            ? secrets().only()
            : Optional.of(ChainSecrets.of(image, secrets(), all));
    return secret.isPresent() ? all.secret(secret.get()) : all;
  }

  /** Returns where parents are looked for whose names are not recorded. */
  final ParentResolver parents() {
    Path[] named = namedParents();
    if (named.length > 0) {
      return ParentResolver.of(named);
    }
    return "none".equals(references.value())
        ? ParentResolver.none()
        : ParentResolver.sameDirectory();
  }

  private Path[] namedParents() {
    return parent.values().stream().map(Path::of).toArray(Path[]::new);
  }

  /** Returns which of the files that an image refers to may be opened. */
  final ReferencePolicy policy() {
    return ReferencePolicy.images(namedParents()).or(policyForOthers());
  }

  private ReferencePolicy policyForOthers() {
    String policy = references.valueOr("same-directory");
    return switch (policy) {
      case "any" -> ReferencePolicy.any();
      case "same-directory" -> ReferencePolicy.sameDirectory();
      case "none" -> ReferencePolicy.deny();
      default ->
          throw new IllegalArgumentException(
              "--references must be any, same-directory or none, not \"" + policy + "\"");
    };
  }
}
