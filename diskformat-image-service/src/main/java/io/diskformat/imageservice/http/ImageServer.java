package io.diskformat.imageservice.http;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Serves an {@link ImageApi} by the JDK's own HTTP server, with a virtual thread for each request.
 * It has no TLS and few limits on slow clients: put something before it that has, unless all
 * clients are trusted.
 */
public final class ImageServer implements AutoCloseable {
  private static final int BACKLOG = 128;

  private final HttpServer server;
  private final ExecutorService threads;

  private ImageServer(HttpServer server, ExecutorService threads) {
    this.server = server;
    this.threads = threads;
  }

  /**
   * Starts a server.
   *
   * @param address where it listens; with port 0, any that is free
   * @throws IOException if it cannot listen there
   */
  public static ImageServer start(InetSocketAddress address, ImageApi api) throws IOException {
    HttpServer server = HttpServer.create(address, BACKLOG);
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    var _ = server.createContext("/", exchange -> api.handle(new JdkExchange(exchange)));
    server.start();
    return new ImageServer(server, threads);
  }

  /** Returns where clients find the server. */
  public URI uri() {
    InetSocketAddress address = server.getAddress();
    InetAddress host = address.getAddress();
    String name = host.isAnyLocalAddress() ? "localhost" : host.getHostAddress();
    return URI.create(
        "http://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + address.getPort());
  }

  /** Stops at once; requests that are being answered fail. */
  @Override
  public void close() {
    server.stop(0);
    var _ = threads.shutdownNow();
  }
}
