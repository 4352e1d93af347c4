package io.diskformat.imageservice.identity;

import io.diskformat.imageservice.Caller;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The users of a file, who each belong to one project or several. Immutable.
 *
 * <p>A line of the file has four words: a user, a password, a project, and what the user is there:
 * {@code admin}, {@code member} or {@code reader}. A user of several projects has several lines,
 * with the same password. Instead of a password there can be what {@link StoredPassword#hash}
 * returns of it. Empty lines count for nothing, nor do those that begin with {@code #}.
 */
public final class LocalUsers {
  private final Map<String, User> users;

  /**
   * A user.
   *
   * @param name which is the id as well
   * @param password what is known of the password
   * @param callers who the user is in each of the projects, the usual one first
   */
  record User(String name, StoredPassword password, List<Caller> callers) {
    /** Makes a copy of the list. */
    User {
      callers = List.copyOf(callers);
    }

    /** Returns who the user is in a project. */
    Optional<Caller> in(String project) {
      return callers.stream().filter(caller -> caller.project().equals(project)).findFirst();
    }
  }

  private LocalUsers(Map<String, User> users) {
    this.users = users;
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read, or is not a file of users; the message names the line
   */
  public static LocalUsers read(Path file) throws IOException {
    return of(Files.readAllLines(file, StandardCharsets.UTF_8), file.toString());
  }

  /**
   * Takes the lines of a file.
   *
   * @param name of the file, for errors
   * @throws IOException if they are not those of users; the message names the line
   */
  public static LocalUsers of(List<String> lines, String name) throws IOException {
    Map<String, User> users = new LinkedHashMap<>();
    int number = 0;
    for (String line : lines) {
      number++;
      if (!line.isBlank() && !line.startsWith("#")) {
        try {
          add(users, line.trim().split("\\s+", -1));
        } catch (IllegalArgumentException e) {
          throw new IOException(name + ": line " + number + ": " + e.getMessage(), e);
        }
      }
    }
    return new LocalUsers(users);
  }

  private static void add(Map<String, User> users, String[] words) {
    if (words.length != 4) {
      throw new IllegalArgumentException(
          "expected USER PASSWORD PROJECT admin|member|reader, and not " + words.length + " words");
    }
    Caller caller = caller(words[0], words[2], words[3]);
    StoredPassword password = StoredPassword.of(words[1]);
    User before = users.get(words[0]);
    List<Caller> callers = new ArrayList<>();
    if (before != null) {
      if (!before.password().equals(password)) {
        throw new IllegalArgumentException("another password than before of " + words[0]);
      }
      if (before.in(words[2]).isPresent()) {
        throw new IllegalArgumentException(words[0] + " is in " + words[2] + " already");
      }
      callers.addAll(before.callers());
    }
    callers.add(caller);
    users.put(words[0], new User(words[0], password, callers));
  }

  /**
   * Returns who has a role.
   *
   * @param role {@code admin}, {@code member} or {@code reader}
   * @throws IllegalArgumentException if it is none of these
   */
  public static Caller caller(String user, String project, String role) {
    return switch (role) {
      case "admin" -> Caller.admin(user, project);
      case "member" -> Caller.member(user, project);
      case "reader" -> Caller.reader(user, project);
      default ->
          throw new IllegalArgumentException(
              "no role " + role + "; there are admin, member and reader");
    };
  }

  /** Returns the user of a name if the password is right. */
  Optional<User> user(String name, String password) {
    User user = users.get(name);
    if (user == null) {
      // It takes as long as for a user that there is.
      boolean _ = StoredPassword.NOBODYS.is(password);
      return Optional.empty();
    }
    return user.password().is(password) ? Optional.of(user) : Optional.empty();
  }

  /** Returns the user of a name. */
  Optional<User> user(String name) {
    return Optional.ofNullable(users.get(name));
  }
}
