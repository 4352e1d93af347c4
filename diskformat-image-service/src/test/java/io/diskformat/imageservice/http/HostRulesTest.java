package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageQuery;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.identity.Everybody;
import io.diskformat.imageservice.jetty.JettyImageServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service without users, and pages of the web that a browser beside it shows. */
final class HostRulesTest {
  private static final Caller ADMIN = Caller.admin("a", "p");

  @TempDir private Path directory;
  private ImageService service;
  private ImageServer plain;
  private JettyImageServer jetty;

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory, ServiceLimits.usual());
    ImageApi api =
        new ImageApi(
            service, new Everybody(ADMIN), ApiOptions.usual().onlyFor(Set.of("My-Images")));
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    plain = ImageServer.start(any, api);
    jetty = JettyImageServer.start(any, api, ServerOptions.usual());
  }

  @AfterEach
  void end() throws IOException {
    plain.close();
    jetty.close();
    service.close();
  }

  private static String ask(URI server, String request) throws IOException {
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      socket
          .getOutputStream()
          .write(
              request
                  .replace("\n", "\r\n")
                  .replace("PORT", "" + server.getPort())
                  .getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void expect(int status, String request) throws IOException {
    for (URI server : new URI[] {plain.uri(), jetty.uri()}) {
      String answer = ask(server, request);
      assertTrue(answer.startsWith("HTTP/1.1 " + status), request + "\n" + answer);
    }
  }

  private static String get(String path, String host) {
    return "GET " + path + " HTTP/1.1\nHost: " + host + "\nConnection: close\n\n";
  }

  /** As a form does, whose text is JSON, and a script that need not ask whether it may. */
  private static String post(String host, String origin) {
    String body = "{\"name\":\"x\"}";
    return "POST /v2/images HTTP/1.1\nHost: "
        + host
        + "\nOrigin: "
        + origin
        + "\nContent-Type: text/plain\nContent-Length: "
        + body.length()
        + "\nConnection: close\n\n"
        + body;
  }

  @Test
  void itIsAskedByItsOwnNamesOnly() throws IOException {
    for (String host :
        new String[] {
          "localhost", "LOCALHOST:9292", "127.0.0.1:PORT", "127.1.2.3", "[::1]:9292", "my-images:1"
        }) {
      expect(200, get("/v2/images", host));
    }
    for (String host :
        new String[] {
          "evil.example",
          "evil.example:PORT",
          "localhost.evil.example",
          "127.0.0.1.evil.example:PORT",
          "evil.example:localhost",
          "192.168.1.1",
          "[::2]:9292"
        }) {
      for (String path : new String[] {"/v2/images", "/", "/versions", "/metrics", "/pages/x"}) {
        String answer = ask(jetty.uri(), get(path, host));
        assertTrue(answer.startsWith("HTTP/1.1 4"), host + path + "\n" + answer);
      }
    }
    expect(403, get("/v2/images", "evil.example:PORT"));
  }

  @Test
  void pagesOfElsewhereChangeNothing() throws IOException {
    for (String origin :
        new String[] {
          "http://evil.example", "null", "http://localhost:1", "https://localhost:PORT", "file://"
        }) {
      expect(403, post("localhost:PORT", origin));
    }
    assertEquals(0, service.list(ADMIN, ImageQuery.usual()).size());
    expect(201, post("localhost:PORT", "http://localhost:PORT"));
    assertEquals(2, service.list(ADMIN, ImageQuery.usual()).size());
  }
}
