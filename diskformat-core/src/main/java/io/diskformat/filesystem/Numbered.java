package io.diskformat.filesystem;

import java.nio.file.FileSystem;
import java.nio.file.ProviderMismatchException;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;

/** A user or a group. A tree records only its number, which serves as its name. */
record Numbered(long number) implements GroupPrincipal {
  private static final long MOST = 0xFFFF_FFFFL;

  /**
   * Returns the user or group of a name, which is a number.
   *
   * @throws IllegalArgumentException if none can have the number
   */
  static Numbered named(long number) {
    if (number < 0 || number > MOST) {
      throw new IllegalArgumentException("no number of a user or group: " + number);
    }
    return new Numbered(number);
  }

  /**
   * The service that {@link FileSystem#getUserPrincipalLookupService} returns: names are numbers.
   */
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
