package io.diskformat.imageservice.download;

import io.diskformat.imageservice.ImageServiceException;
import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.ImportSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * From where data may be fetched for clients. A host is resolved once, and what is connected to is
 * the address that was looked at; each redirection is looked at as the first address was.
 *
 * <p>Without any setting: by {@code http} and {@code https}, at their usual ports, from every host
 * that is neither this machine nor on one of its links. A list of what is allowed has the last
 * word: if there is one, what is denied does not count. Immutable: each setting returns another
 * object.
 */
public final class WebDownloads {
  private static final int MOST_REDIRECTIONS = 5;
  private static final int LONGEST = 2048;

  /** In bytes a second. */
  private static final long SLOWEST = 1024;

  private final Set<String> allowedHosts;
  private final Set<String> deniedHosts;
  private final Set<Integer> ports;
  private final Duration patience;
  private final long slowest;
  private final Resolver resolver;

  /** Finds the addresses of a host. */
  @FunctionalInterface
  interface Resolver {
    List<InetAddress> resolve(String host) throws UnknownHostException;
  }

  /**
   * Where a download leads.
   *
   * @param uri what was asked for, without a fragment
   * @param host of it, in lower case, without brackets
   * @param port to connect to
   * @param address to connect to
   */
  record Target(URI uri, String host, int port, InetAddress address) {
    boolean isSecure() {
      return "https".equals(uri.getScheme().toLowerCase(Locale.ROOT));
    }
  }

  private WebDownloads(
      Set<String> allowedHosts,
      Set<String> deniedHosts,
      Set<Integer> ports,
      Duration patience,
      long slowest,
      Resolver resolver) {
    this.allowedHosts = Set.copyOf(allowedHosts);
    this.deniedHosts = Set.copyOf(deniedHosts);
    this.ports = Set.copyOf(ports);
    this.patience = patience;
    this.slowest = slowest;
    this.resolver = resolver;
  }

  /**
   * Returns the rules without any setting; whoever answers nothing for a minute is given up, and so
   * is who sends less than a KiB a second in it.
   */
  public static WebDownloads usual() {
    return new WebDownloads(
        Set.of(),
        Set.of(),
        Set.of(80, 443),
        Duration.ofMinutes(1),
        SLOWEST,
        host -> List.of(InetAddress.getAllByName(host)));
  }

  /**
   * Allows these hosts and no others, whatever their addresses are.
   *
   * @param hosts by the names, or addresses, that clients say
   */
  public WebDownloads allowHosts(Set<String> hosts) {
    return new WebDownloads(lower(hosts), deniedHosts, ports, patience, slowest, resolver);
  }

  /** Denies these hosts, unless there are some that are allowed. */
  public WebDownloads denyHosts(Set<String> hosts) {
    return new WebDownloads(allowedHosts, lower(hosts), ports, patience, slowest, resolver);
  }

  /** Allows these ports and no others. */
  public WebDownloads allowPorts(Set<Integer> numbers) {
    return new WebDownloads(allowedHosts, deniedHosts, numbers, patience, slowest, resolver);
  }

  /**
   * Sets after how long a server is given up of which nothing comes, or less than {@link #slowest};
   * and after twice as long one whose answer has not begun.
   */
  public WebDownloads patience(Duration duration) {
    return new WebDownloads(allowedHosts, deniedHosts, ports, duration, slowest, resolver);
  }

  /** Sets how many bytes a second must come at least. */
  public WebDownloads slowest(long bytesPerSecond) {
    return new WebDownloads(allowedHosts, deniedHosts, ports, patience, bytesPerSecond, resolver);
  }

  WebDownloads resolver(Resolver other) {
    return new WebDownloads(allowedHosts, deniedHosts, ports, patience, slowest, other);
  }

  private static Set<String> lower(Set<String> hosts) {
    Set<String> lower = new TreeSet<>();
    hosts.forEach(host -> lower.add(host.strip().toLowerCase(Locale.ROOT)));
    return lower;
  }

  Duration patience() {
    return patience;
  }

  /**
   * Says whether an address may be fetched from, without connecting to it. A host that is not known
   * may be so later, and is refused by {@link #open} if it is not.
   *
   * @throws ImageServiceException if not
   */
  public void check(String uri) throws ImageServiceException {
    Asked asked = asked(uri);
    try {
      checkAddresses(asked, resolver.resolve(asked.host));
    } catch (UnknownHostException e) {
      // Nothing says that it may not.
    }
  }

  /**
   * Begins to fetch what an address is of.
   *
   * @throws ImageServiceException if that, or where it redirects to, is not allowed, or the server
   *     does not send it
   */
  public ImportSource.Data open(String uri) throws IOException {
    Target target = target(uri);
    for (int i = 0; i <= MOST_REDIRECTIONS; i++) {
      HttpFetch fetch = HttpFetch.of(target, patience, slowest);
      String location = fetch.redirection();
      if (location == null) {
        return fetch.download();
      }
      fetch.close();
      target = target(resolve(target.uri(), location));
    }
    throw refused(uri, "redirects more than " + MOST_REDIRECTIONS + " times");
  }

  private static String resolve(URI base, String location) throws ImageServiceException {
    try {
      return base.resolve(new URI(location)).toString();
    } catch (URISyntaxException e) {
      throw refused(base.toString(), "redirects to what is not an address");
    }
  }

  /**
   * What is asked for, as far as it is allowed.
   *
   * @param isAllowed whether the host is, whatever its addresses are
   */
  private record Asked(String text, URI uri, String host, int port, boolean isAllowed) {}

  private Target target(String text) throws ImageServiceException {
    Asked asked = asked(text);
    try {
      List<InetAddress> addresses = resolver.resolve(asked.host);
      checkAddresses(asked, addresses);
      return new Target(asked.uri, asked.host, asked.port, addresses.getFirst());
    } catch (UnknownHostException e) {
      throw refused(text, "is of a host that is not known");
    }
  }

  private Asked asked(String text) throws ImageServiceException {
    URI uri = parse(text);
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw refused(text, "is of none of the schemes http and https");
    }
    String host = uri.getHost();
    if (host == null || uri.getRawUserInfo() != null) {
      throw refused(text, "has no host, or a user's name");
    }
    if (host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
    }
    host = host.toLowerCase(Locale.ROOT);
    int port = uri.getPort() < 0 ? (scheme.equals("http") ? 80 : 443) : uri.getPort();
    if (!ports.contains(port)) {
      throw refused(text, "is of a port that is not allowed");
    }
    // A dot at the end of a name makes no other host of it.
    host = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    boolean isAllowed = allowedHosts.contains(host);
    if (!allowedHosts.isEmpty() ? !isAllowed : deniedHosts.contains(host)) {
      throw refused(text, "is of a host that is not allowed");
    }
    if (AddressRules.isAmbiguous(host) || host.contains("%")) {
      throw refused(text, "has an address in another spelling than its usual one");
    }
    return new Asked(text, uri, host, port, isAllowed);
  }

  private static URI parse(String text) throws ImageServiceException {
    try {
      URI uri = new URI(text);
      if (text.length() <= LONGEST) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // It is refused below.
    }
    throw refused(text, "is not an address of at most " + LONGEST + " characters");
  }

  /** All addresses of a host must do, since nobody knows which one others would take. */
  private static void checkAddresses(Asked asked, List<InetAddress> addresses)
      throws ImageServiceException {
    for (InetAddress address : addresses) {
      if (!asked.isAllowed && AddressRules.isLocal(address)) {
        throw refused(asked.text, "leads to this machine, or to one of its links");
      }
    }
  }

  static ImageServiceException refused(String uri, String why) {
    String shown = uri.length() > 200 ? uri.substring(0, 200) + "..." : uri;
    return new ImageServiceException(
        Problem.INVALID, "The address '" + shown + "' cannot be imported from: it " + why);
  }
}
