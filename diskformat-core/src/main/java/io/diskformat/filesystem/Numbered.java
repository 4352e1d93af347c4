package io.diskformat.filesystem;

import java.nio.file.FileSystem;
import java.nio.file.ProviderMismatchException;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;

/** A user or a group, of which a tree records the number alone: that is its name, too. */
record Numbered(long number) implements GroupPrincipal {
  private static final long MOST = 0xFFFF_FFFFL;

  /**
   * Returns a user or a group that somebody names.
   *
   * @throws IllegalArgumentException if none can have the number
   */
  static Numbered named(long number) {
    if (number < 0 || number > MOST) {
      throw new IllegalArgumentException("no number of a user or group: " + number);
    }
    return new Numbered(number);
  }

  /** What {@link FileSystem#getUserPrincipalLookupService} returns: takes numbers for names. */
  static final class Lookup extends UserPrincipalLookupService {
    @Override
    public UserPrincipal lookupPrincipalByName(String name) throws UserPrincipalNotFoundException {
      return lookupPrincipalByGroupName(name);
    }

    @Override
    public GroupPrincipal lookupPrincipalByGroupName(String name)
        throws UserPrincipalNotFoundException {
      try {
        return named(Long.parseLong(name));
      } catch (IllegalArgumentException e) {
        throw new UserPrincipalNotFoundException(name);
      }
    }
  }

  /**
   * Returns the number of a user or a group.
   *
   * @throws ProviderMismatchException if it is another file system's
   */
  static long of(UserPrincipal principal) {
    if (principal instanceof Numbered numbered) {
      return numbered.number();
    }
    throw new ProviderMismatchException();
  }

  @Override
  public String getName() {
    return Long.toString(number);
  }

  @Override
  public String toString() {
    return getName();
  }
}
