package io.diskformat.imageservice.http;

import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How an API is served. Immutable.
 *
 * @param patience how long clients are waited for
 * @param tls the identity of the server, or null to serve without TLS
 */
public record ServerOptions(ClientPatience patience, @Nullable SSLContext tls) {
  /** Returns the usual options: the usual patience, and no TLS. */
  public static ServerOptions usual() {
    return new ServerOptions(ClientPatience.usual(), null);
  }

  /** Returns these options with TLS. */
  public ServerOptions tls(SSLContext identity) {
    return new ServerOptions(patience, identity);
  }

  /** Returns these options with another patience. */
  public ServerOptions patience(ClientPatience other) {
    return new ServerOptions(other, tls);
  }
}
