package io.diskformat.imageservice;

import java.util.Set;

/**
 * Who asks the service for something.
 *
 * @param user the user's id
 * @param project the id of the project whose images the user's are
 * @param roles {@code admin}, who may do all, {@code member}, who may change the project's images, {@code reader}
 */
public record Caller(String user, String project, Set<String> roles) {
  /** Makes a copy of the roles. */
  public Caller {
    roles = Set.copyOf(roles);
  }

  /** Returns a caller who may do everything. */
  public static Caller admin(String user, String project) {
    return new Caller(user, project, Set.of("admin", "member", "reader"));
  }

  /** Returns a caller who may create images and change those of a project. */
  public static Caller member(String user, String project) {
    return new Caller(user, project, Set.of("member", "reader"));
  }

  /** Returns a caller who may look at images. */
  public static Caller reader(String user, String project) {
    return new Caller(user, project, Set.of("reader"));
  }

  /** Returns whether the caller may do everything. */
  public boolean isAdmin() {
    return roles.contains("admin");
  }

  /** Returns whether the caller may create images, and change those of the project. */
  public boolean mayWrite() {
    return isAdmin() || roles.contains("member");
  }
}
