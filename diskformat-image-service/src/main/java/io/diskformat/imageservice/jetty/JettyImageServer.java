package io.diskformat.imageservice.jetty;

import io.diskformat.imageservice.http.ImageApi;
import io.diskformat.imageservice.http.ImageServer;
import io.diskformat.imageservice.http.ServerOptions;
import io.diskformat.imageservice.http.SlowClients;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/**
 * Serves an {@link ImageApi} by Jetty, with a virtual thread for each request. Clients are given up
 * that are silent, or too slow; one that asks first whether it may send data does not send what is
 * refused.
 */
public final class JettyImageServer implements AutoCloseable {
  /** In bytes, of the headers of a request. */
  private static final int LARGEST_HEADERS = 32 << 10;

  /**
   * In bytes: what one read of a socket takes at most. Jetty's own, 8 KiB, costs eight times the
   * calls.
   */
  private static final int INPUT_BUFFER = 64 << 10;

  private final Server server;
  private final ServerConnector connector;
  private final SlowClients clients;
  private final boolean isSecure;
  private final InetSocketAddress address;

  private JettyImageServer(InetSocketAddress address, ImageApi api, ServerOptions options) {
    this.address = address;
    clients = new SlowClients(options.patience());
    server = new Server(new VirtualThreadPool());
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setRequestHeaderSize(LARGEST_HEADERS);
    configuration.setSendServerVersion(false);
    // A slash in the name of a tag is none of the path; the API takes that apart itself.
    configuration.setUriCompliance(
        UriCompliance.RFC3986.with(
            "images",
            UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR,
            UriCompliance.Violation.AMBIGUOUS_PATH_SEGMENT,
            UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING,
            UriCompliance.Violation.AMBIGUOUS_PATH_PARAMETER));
    configuration.setSendDateHeader(true);
    SSLContext tls = options.tls();
    isSecure = tls != null;
    HttpConnectionFactory http = new HttpConnectionFactory(configuration);
    http.setInputBufferSize(INPUT_BUFFER);
    if (tls == null) {
      connector = new ServerConnector(server, http);
    } else {
      // Whoever connects by an address, as clients on the same machine do, is not asked for a name.
      configuration.addCustomizer(new SecureRequestCustomizer(false));
      SslContextFactory.Server factory = new SslContextFactory.Server();
      factory.setSslContext(tls);
      connector = new ServerConnector(server, new SslConnectionFactory(factory, "http/1.1"), http);
    }
    connector.setHost(address.getAddress().getHostAddress());
    connector.setPort(address.getPort());
    connector.setIdleTimeout(options.patience().silence().toMillis());
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback)
              throws IOException {
            JettyExchange exchange = new JettyExchange(request, response, clients);
            api.handle(exchange);
            callback.succeeded();
            return true;
          }
        });
  }

  /**
   * Starts a server.
   *
   * @param address where it listens; with port 0, any that is free
   * @throws IOException if it cannot listen there
   */
  public static JettyImageServer start(
      InetSocketAddress address, ImageApi api, ServerOptions options) throws IOException {
    JettyImageServer server = new JettyImageServer(address, api, options);
    try {
      server.server.start();
    } catch (Exception e) {
      server.close();
      if (e.getCause() instanceof BindException why) {
        throw new IOException("cannot listen at " + shown(address) + ": " + why.getMessage(), e);
      }
      throw e instanceof IOException failure ? failure : new IOException(e);
    }
    return server;
  }

  private static String shown(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }

  /** Returns where clients find the server. */
  public URI uri() {
    return ImageServer.uri(
        new InetSocketAddress(address.getAddress(), connector.getLocalPort()), isSecure);
  }

  /** Stops at once; requests that are being answered fail. */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      // It cannot be stopped better.
      System.getLogger(JettyImageServer.class.getName()).log(System.Logger.Level.WARNING, "", e);
    }
    clients.close();
  }
}
