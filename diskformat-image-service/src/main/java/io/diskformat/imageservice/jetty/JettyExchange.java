package io.diskformat.imageservice.jetty;

import io.diskformat.imageservice.http.Exchange;
import io.diskformat.imageservice.http.SlowClients;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/** An exchange of Jetty. */
final class JettyExchange implements Exchange {
  private static final int FIRST_ERROR = 400;
  private static final int NO_CONTENT = 204;

  private final Request request;
  private final Response response;
  private final SlowClients clients;
  private final Runnable end;
  private @Nullable InputStream body;

  JettyExchange(Request request, Response response, SlowClients clients) {
    this.request = request;
    this.response = response;
    this.clients = clients;
    this.end = request.getConnectionMetaData().getConnection().getEndPoint()::close;
  }

  @Override
  public String method() {
    return request.getMethod().toUpperCase(Locale.ROOT);
  }

  @Override
  public String path() {
    String path = request.getHttpURI().getPath();
    return path == null ? "/" : path;
  }

  @Override
  public @Nullable String query() {
    return request.getHttpURI().getQuery();
  }

  @Override
  public @Nullable String header(String name) {
    return request.getHeaders().get(name);
  }

  @Override
  public boolean isSecure() {
    return request.isSecure();
  }

  @Override
  public String client() {
    return Request.getRemoteAddr(request);
  }

  @Override
  public InputStream body() {
    InputStream present = body;
    if (present == null) {
      present = clients.watch(Content.Source.asInputStream(request), end);
      body = present;
    }
    return present;
  }

  @Override
  public void respond(io.diskformat.imageservice.http.Response answer) throws IOException {
    response.setStatus(answer.status());
    answer.headers().forEach((name, value) -> response.getHeaders().put(name, value));
    boolean refuses = answer.status() >= FIRST_ERROR;
    if (refuses) {
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
    }
    long length = answer.content().length();
    boolean hasContent = length != 0 && answer.status() != NO_CONTENT && !method().equals("HEAD");
    if (answer.status() != NO_CONTENT && length >= 0) {
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, length);
    }
    OutputStream out = Content.Sink.asOutputStream(response);
    if (hasContent) {
      OutputStream watched = clients.watch(out, end);
      answer.content().writeTo(watched);
      watched.flush();
    } else if (refuses) {
      out.flush();
    }
    if (refuses) {
      // A client that is still sending may see the answer only once it has sent all.
      SlowClients.forget(body());
    }
    out.close();
  }
}
