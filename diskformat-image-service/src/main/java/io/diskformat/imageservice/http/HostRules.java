package io.diskformat.imageservice.http;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * By which names a service may be asked that anybody may use who reaches it. A page of the web that
 * a browser here shows reaches it, too: its own name may lead to this machine, or it sends a form
 * to one that does. In the first case the browser says the name of the page ({@code Host}), and in
 * the second where the page is from ({@code Origin}).
 */
final class HostRules {
  private final Set<String> hosts = new TreeSet<>();

  /**
   * Creates rules.
   *
   * @param more names that are allowed besides those that every machine has for itself
   */
  HostRules(Set<String> more) {
    boolean _ = hosts.add("localhost");
    boolean _ = hosts.add("[::1]");
    more.forEach(name -> hosts.add(name.toLowerCase(Locale.ROOT)));
  }

  /** Refuses a request of a page that is not this service's own. */
  void check(Exchange exchange) throws ApiException {
    String host = exchange.header("Host");
    if (host != null && !isAllowed(withoutPort(host))) {
      throw ApiException.forbidden(
          "This service has no users, and is not asked by the name " + shown(host) + ".");
    }
    String origin = exchange.header("Origin");
    if (origin != null && !isOwn(origin, host, exchange.isSecure())) {
      throw ApiException.forbidden(
          "This service has no users, and is not asked by a page of " + shown(origin) + ".");
    }
  }

  private static String withoutPort(String host) {
    String name = host.trim().toLowerCase(Locale.ROOT);
    int colon = name.lastIndexOf(':');
    return colon > name.lastIndexOf(']') ? name.substring(0, colon) : name;
  }

  /** A number leads where it says, and not where somebody's name service does. */
  private boolean isAllowed(String name) {
    return hosts.contains(name) || name.matches("127(\\.[0-9]{1,3}){3}");
  }

  private static boolean isOwn(String origin, @Nullable String host, boolean isSecure) {
    return origin.trim().equalsIgnoreCase((isSecure ? "https://" : "http://") + host);
  }

  private static String shown(String text) {
    return text.length() > 100 ? text.substring(0, 100) : text;
  }
}
