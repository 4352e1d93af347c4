package io.diskformat.imageservice.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An exchange of the JDK's server. */
final class JdkExchange implements Exchange {
  private static final int FIRST_ERROR = 400;
  private static final int NO_CONTENT = 204;

  private static final String CONNECTION = "Connection";

  private final HttpExchange exchange;
  private final SlowClients clients;

  /** To interrupt a thread that waits for a connection is to close that. */
  private final Runnable end = Thread.currentThread()::interrupt;

  JdkExchange(HttpExchange exchange, SlowClients clients) {
    this.exchange = exchange;
    this.clients = clients;
  }

  @Override
  public String method() {
    return exchange.getRequestMethod().toUpperCase(Locale.ROOT);
  }

  @Override
  public String path() {
    return exchange.getRequestURI().getRawPath();
  }

  @Override
  public @Nullable String query() {
    return exchange.getRequestURI().getRawQuery();
  }

  @Override
  public @Nullable String header(String name) {
    return exchange.getRequestHeaders().getFirst(name);
  }

  @Override
  public boolean isSecure() {
    return exchange instanceof HttpsExchange;
  }

  @Override
  public String client() {
    return exchange.getRemoteAddress().getAddress().getHostAddress();
  }

  @Override
  public InputStream body() {
    return clients.watch(exchange.getRequestBody(), end);
  }

  @Override
  public void respond(Response response) throws IOException {
    // An exchange whose body nobody asked for ends its connection, without a word to the client.
    InputStream body = body();
    response.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
    boolean refuses = response.status() >= FIRST_ERROR;
    // The server closes where the client asks for that, and would not say so.
    if (refuses || "close".equalsIgnoreCase(header(CONNECTION))) {
      exchange.getResponseHeaders().set(CONNECTION, "close");
    }
    long length = response.content().length();
    boolean hasContent = length != 0 && response.status() != NO_CONTENT && !method().equals("HEAD");
    if (method().equals("HEAD") && response.status() != NO_CONTENT && length >= 0) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(length));
    }
    // To this server, 0 is a length that is not known, and a negative one says that nothing comes.
    exchange.sendResponseHeaders(response.status(), hasContent ? Math.max(0, length) : -1);
    OutputStream out = exchange.getResponseBody();
    if (hasContent) {
      OutputStream watched = clients.watch(out, end);
      response.content().writeTo(watched);
      watched.flush();
    }
    if (refuses) {
      // A client that is still sending may see the answer only once it has sent all.
      SlowClients.forget(body);
    }
    body.close();
    out.close();
  }
}
