package io.diskformat.cli;

import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ReferencePolicy;
import org.jspecify.annotations.Nullable;

/** A verb that opens images that are there already. */
abstract class ImageVerb extends Verb {
  private final Argument format =
      option(
          "FMT",
          "The image's format. Probed if not given: name it if others wrote the image.",
          "-f");
  private final Argument shared =
      flag("Read the image even if somebody else is writing it.", "-U", "--force-share");
  private final Argument references =
      option(
          "POLICY",
          "Which of the files that an image names may be opened: any, same-directory (as the image,"
              + " and below; the default) or none.",
          "--references");

  ImageVerb(String name, String description) {
    super(name, description);
  }

  /** Returns the format that was named for the image, or null to probe. */
  final @Nullable String format() {
    return format.value();
  }

  /** Returns how to read the image. */
  final OpenOptions reading() {
    return reading(format());
  }

  /** Returns how to read an image of which the format is known, or null to probe. */
  final OpenOptions reading(@Nullable String knownFormat) {
    return with(asShared(OpenOptions.readOnly()), knownFormat);
  }

  /** Returns how to check the image. */
  final OpenOptions checking() {
    return with(asShared(OpenOptions.checking()), format());
  }

  private OpenOptions asShared(OpenOptions options) {
    return shared.isGiven() ? options.shared() : options;
  }

  /** Returns how to write an image of which the format is known, or null to probe. */
  final OpenOptions writing(@Nullable String knownFormat) {
    return with(OpenOptions.writable(), knownFormat);
  }

  /** Returns how to look after an image of which the format is known, or null to probe. */
  final OpenOptions maintaining(@Nullable String knownFormat) {
    return with(OpenOptions.maintenance(), knownFormat);
  }

  private OpenOptions with(OpenOptions options, @Nullable String knownFormat) {
    OpenOptions allowed = options.references(policy()).parents(parents());
    return knownFormat == null ? allowed : allowed.format(knownFormat);
  }

  /** Images that record no name are looked for beside the one that is based on them. */
  private ParentResolver parents() {
    return "none".equals(references.value())
        ? ParentResolver.none()
        : ParentResolver.sameDirectory();
  }

  /** Returns which of the files that an image names may be opened. */
  final ReferencePolicy policy() {
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
