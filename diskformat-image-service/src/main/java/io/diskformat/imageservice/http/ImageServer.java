package io.diskformat.imageservice.http;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/**
 * Serves an {@link ImageApi} by the JDK's own HTTP server, with a virtual thread for each request.
 * It waits for ever for the headers of a request, and asks clients for data that it will refuse:
 * for clients that are not trusted take the server of the package {@code jetty}.
 */
public final class ImageServer implements AutoCloseable {
  private static final int BACKLOG = 128;

  private final HttpServer server;
  private final ExecutorService threads;
  private final SlowClients clients;

  private ImageServer(HttpServer server, ExecutorService threads, SlowClients clients) {
    this.server = server;
    this.threads = threads;
    this.clients = clients;
  }

  /**
   * Starts a server.
   *
   * @param address where it listens; with port 0, any that is free
   * @throws IOException if it cannot listen there
   */
  public static ImageServer start(InetSocketAddress address, ImageApi api) throws IOException {
    return start(address, api, ServerOptions.usual());
  }

  /**
   * Starts a server.
   *
   * @param address where it listens; with port 0, any that is free
   * @throws IOException if it cannot listen there
   */
  public static ImageServer start(InetSocketAddress address, ImageApi api, ServerOptions options)
      throws IOException {
    SSLContext tls = options.tls();
    HttpServer server;
    if (tls == null) {
      server = HttpServer.create(address, BACKLOG);
    } else {
      HttpsServer secure = HttpsServer.create(address, BACKLOG);
      secure.setHttpsConfigurator(new HttpsConfigurator(tls));
      server = secure;
    }
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    SlowClients clients = new SlowClients(options.patience());
    server.setExecutor(threads);
    var _ =
        server.createContext(
            "/",
            exchange -> {
              try {
                api.handle(new JdkExchange(exchange, clients));
              } catch (Error e) {
                // Only of an exception the server closes the connection, for which the client
                // waits.
                throw new IOException(e);
              }
            });
    server.start();
    return new ImageServer(server, threads, clients);
  }

  /** Returns where clients find the server. */
  public URI uri() {
    return uri(server.getAddress(), server instanceof HttpsServer);
  }

  /**
   * Returns where clients find a server.
   *
   * @param address where it listens
   */
  public static URI uri(InetSocketAddress address, boolean isSecure) {
    InetAddress host = address.getAddress();
    String name = host.isAnyLocalAddress() ? "localhost" : host.getHostAddress();
    return URI.create(
        (isSecure ? "https://" : "http://")
            + (name.contains(":") ? "[" + name + "]" : name)
            + ":"
            + address.getPort());
  }

  /** Stops at once; requests that are being answered fail. */
  @Override
  public void close() {
    server.stop(0);
    var _ = threads.shutdownNow();
    clients.close();
  }
}
