package io.diskformat.imageservice;

import org.jspecify.annotations.Nullable;

/** Who may see which image, and change it. */
final class AccessRules {
  private AccessRules() {}

  static boolean isOwn(Caller caller, ImageRecord image) {
    return image.attributes().owner().equals(caller.project());
  }

  /** Returns whether a caller who knows the id may see an image. */
  static boolean sees(Caller caller, ImageRecord image) {
    return caller.isAdmin()
        || isOwn(caller, image)
        || switch (image.attributes().visibility()) {
          case PUBLIC, COMMUNITY -> true;
          case SHARED -> image.members().containsKey(caller.project());
          case PRIVATE -> false;
        };
  }

  static boolean mayChange(Caller caller, ImageRecord image) {
    return caller.isAdmin() || (caller.mayWrite() && isOwn(caller, image));
  }

  /**
   * Returns whether an image is in a caller's list.
   *
   * @param visibility of the images in it, or null for the usual ones
   * @param all whether all are in it that the caller sees
   * @param said what the caller's project said to an image that is shared with it, or null for
   *     anything
   */
  static boolean lists(
      Caller caller,
      ImageRecord image,
      @Nullable Visibility visibility,
      boolean all,
      ImageMember.@Nullable Status said) {
    Visibility its = image.attributes().visibility();
    if (!sees(caller, image) || (visibility != null && its != visibility)) {
      return false;
    }
    if (all || isOwn(caller, image)) {
      return true;
    }
    ImageMember member = image.members().get(caller.project());
    return switch (its) {
      case PUBLIC -> true;
      case COMMUNITY -> visibility == Visibility.COMMUNITY;
      case PRIVATE -> true;
      case SHARED -> member == null ? caller.isAdmin() : said == null || member.status() == said;
    };
  }
}
