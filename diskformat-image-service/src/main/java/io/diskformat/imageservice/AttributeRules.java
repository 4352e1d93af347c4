package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/** What may be said of an image, and by whom. */
final class AttributeRules {
  private static final int LONGEST_NAME = 255;

  /** Of a property, in characters: records are in memory, and each change makes one larger. */
  private static final int LONGEST_VALUE = 65_535;

  /** Of a property that was found, in characters. */
  private static final int LONGEST_FOUND = 1000;

  private final ServiceLimits limits;

  AttributeRules(ServiceLimits limits) {
    this.limits = limits;
  }

  /** Returns the usual spelling of an id. */
  static String canonical(String id) throws ImageServiceException {
    try {
      UUID uuid = UUID.fromString(id);
      if (uuid.toString().equalsIgnoreCase(id)) {
        return uuid.toString();
      }
    } catch (IllegalArgumentException e) {
      // It is refused below, as what merely resembles a UUID is.
    }
    throw ImageServiceException.invalid("An image ID must be a UUID, not: " + id);
  }

  /**
   * Refuses attributes that break them.
   *
   * @param present those of before: nobody has to be an admin for what the image is already
   */
  void check(Caller caller, ImageAttributes attributes, ImageAttributes present)
      throws ImageServiceException {
    if (attributes.visibility() == Visibility.PUBLIC
        && present.visibility() != Visibility.PUBLIC
        && !caller.isAdmin()) {
      throw ImageServiceException.forbidden("You are not authorized to publicize images.");
    }
    if (!attributes.owner().equals(present.owner()) && !caller.isAdmin()) {
      throw ImageServiceException.forbidden(
          "You are not permitted to create images owned by '" + attributes.owner() + "'.");
    }
    if (attributes.minDisk() < 0 || attributes.minRam() < 0) {
      throw ImageServiceException.invalid("min_disk and min_ram cannot be negative");
    }
    String name = attributes.name();
    if (name != null && name.length() > LONGEST_NAME) {
      throw ImageServiceException.invalid("A name has at most " + LONGEST_NAME + " characters");
    }
    for (String tag : attributes.tags()) {
      if (tag.length() > LONGEST_NAME) {
        throw ImageServiceException.invalid("A tag has at most " + LONGEST_NAME + " characters");
      }
    }
    for (String value : attributes.properties().values()) {
      if (value.length() > LONGEST_VALUE) {
        throw ImageServiceException.invalid(
            "A property has at most " + LONGEST_VALUE + " characters");
      }
    }
    checkCount("properties", attributes.properties().size());
    checkCount("tags", attributes.tags().size());
  }

  private void checkCount(String what, int count) throws ImageServiceException {
    if (count > limits.mostProperties()) {
      throw new ImageServiceException(
          Problem.TOO_LARGE,
          "An image has at most %d %s, not %d".formatted(limits.mostProperties(), what, count));
    }
  }

  /** Checks whether the formats of an image may become what they are in other attributes. */
  static void formats(ImageRecord image, ImageAttributes others) throws ImageServiceException {
    ImageAttributes present = image.attributes();
    boolean same =
        Objects.equals(others.diskFormat(), present.diskFormat())
            && Objects.equals(others.containerFormat(), present.containerFormat());
    if (image.status() != ImageStatus.QUEUED && !same) {
      throw ImageServiceException.forbidden(
          "The formats of an image can be changed only while it is queued.");
    }
  }

  /**
   * Returns attributes with properties that were found, as far as there may be more. What its owner
   * said before stays.
   */
  ImageAttributes withFound(ImageAttributes attributes, Map<String, String> found) {
    ImageAttributes.Builder builder = attributes.toBuilder();
    found.forEach((name, value) -> {
      if (builder.properties().size() < limits.mostProperties()) {
        String _ =
            builder
                .properties()
                .putIfAbsent(name, value.substring(0, Math.min(LONGEST_FOUND, value.length())));
      }
    });
    return builder.build();
  }
}
