package io.diskformat.cli;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity;
import io.diskformat.imageservice.identity.AnyIdentity;
import io.diskformat.imageservice.identity.Everybody;
import io.diskformat.imageservice.identity.KeystoneTokens;
import io.diskformat.imageservice.identity.LocalIdentity;
import io.diskformat.imageservice.identity.LocalUsers;
import io.diskformat.imageservice.identity.StaticTokens;
import io.diskformat.imageservice.identity.StoredPassword;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The options of {@code serve} that say who may do what. */
final class ServedCallers {
  private final Argument tokens;
  private final Argument users;
  private final Argument hashing;
  private final Argument key;
  private final Argument keystone;

  ServedCallers(Declaration verb) {
    tokens =
        verb.option(
            "FILE",
            "Who may do what: lines of a token, a user, a project, and admin, member or reader."
                + " Without it, --users and --keystone everybody is an admin, which needs a local"
                + " HOST.",
            "--tokens");
    users =
        verb.option(
            "FILE",
            "Who may do what: lines of a user, a password or pbkdf2:ITERATIONS:SALT:HASH, a"
                + " project, and admin, member or reader. Clients log in at /identity/v3, or by"
                + " HTTP basic.",
            "--users");
    hashing =
        verb.flag(
            "Read a password from the standard input, print what --users takes instead of it, and"
                + " serve nothing.",
            "--hash-password");
    key =
        verb.option(
            "FILE",
            "What tokens of --users are signed with; several servers have the same. A secret of 32"
                + " bytes or more. Without it they end with this process.",
            "--token-key");
    keystone =
        verb.option(
            "FILE",
            "Ask a Keystone who may do what: properties auth_url, username, password, project_name,"
                + " user_domain_name, project_domain_name.",
            "--keystone");
  }

  /** Returns whether a password is to be hashed, and nothing served. */
  boolean areHashed() {
    return hashing.isGiven();
  }

  /**
   * Returns what a file of users may have instead of a password.
   *
   * @param typed has the password as its first line
   */
  static String hashed(InputStream typed) throws IOException {
    Console console = System.in.equals(typed) ? System.console() : null;
    @Nullable String password;
    if (console != null && console.isTerminal()) {
      char[] unseen = console.readPassword("Password: ");
      password = unseen == null ? null : new String(unseen);
    } else {
      password =
          new BufferedReader(new InputStreamReader(typed, StandardCharsets.UTF_8)).readLine();
    }
    if (password == null || password.isEmpty()) {
      throw new IllegalArgumentException("there is no password on the standard input");
    }
    return StoredPassword.hash(password);
  }

  /**
   * What is known of callers.
   *
   * @param identity knows them
   * @param local is the part of it that can log them in, or null
   * @param areEverybody whether nobody has to say who he is
   * @param hosts the name by which the server is to be found, besides those of this machine
   */
  record Known(
      Identity identity, @Nullable LocalIdentity local, boolean areEverybody, Set<String> hosts) {}

  /**
   * Returns who knows the callers.
   *
   * @param address where the server is to listen
   */
  Known known(InetSocketAddress address) throws IOException {
    List<Identity> identities = new ArrayList<>();
    LocalIdentity local = null;
    String file = tokens.value();
    if (file != null) {
      identities.add(tokens(file));
    }
    file = users.value();
    if (file != null) {
      local = local(LocalUsers.read(Path.of(file)));
      identities.add(local);
    }
    file = keystone.value();
    if (file != null) {
      identities.add(keystone(file));
    }
    boolean areEverybody = identities.isEmpty();
    if (areEverybody) {
      if (!address.getAddress().isLoopbackAddress()) {
        throw new IllegalArgumentException(
            "--tokens, --users or --keystone is needed to listen at "
                + address.getHostString()
                + ", as others reach it");
      }
      identities.add(new Everybody(Caller.admin("admin", "admin")));
    }
    return new Known(
        new AnyIdentity(identities), local, areEverybody, Set.of(address.getHostString()));
  }

  private LocalIdentity local(LocalUsers known) throws IOException {
    String file = key.value();
    if (file == null) {
      return new LocalIdentity(known);
    }
    byte[] secret = Files.readAllBytes(Path.of(file));
    if (secret.length < 32) {
      throw new IllegalArgumentException(file + ": a secret of 32 bytes or more is needed");
    }
    return new LocalIdentity(known, secret);
  }

  private static StaticTokens tokens(String file) throws IOException {
    Map<String, Caller> callers = new LinkedHashMap<>();
    int number = 0;
    for (String line : Files.readAllLines(Path.of(file))) {
      number++;
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] words = line.trim().split("\\s+", -1);
        String place = file + ": line " + number + ": ";
        if (words.length != 4) {
          throw new IllegalArgumentException(
              place + "expected TOKEN USER PROJECT admin|member|reader");
        }
        try {
          callers.put(words[0], LocalUsers.caller(words[1], words[2], words[3]));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(place + e.getMessage(), e);
        }
      }
    }
    return new StaticTokens(callers);
  }

  private static KeystoneTokens keystone(String file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(file), StandardCharsets.UTF_8)) {
      properties.load(reader);
    }
    return new KeystoneTokens(
        URI.create(property(properties, "auth_url", file)),
        new KeystoneTokens.ServiceUser(
            property(properties, "username", file),
            property(properties, "password", file),
            property(properties, "project_name", file),
            properties.getProperty("user_domain_name", "Default"),
            properties.getProperty("project_domain_name", "Default")));
  }

  private static String property(Properties properties, String name, String file) {
    String value = properties.getProperty(name);
    if (value == null) {
      throw new IllegalArgumentException(file + ": no " + name);
    }
    return value;
  }
}
