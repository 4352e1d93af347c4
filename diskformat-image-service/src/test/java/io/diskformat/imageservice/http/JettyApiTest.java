package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.jetty.JettyImageServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** The API by Jetty. */
final class JettyApiTest extends ImageApiTest {
  @Override
  RunningServer start(ImageApi api) throws IOException {
    JettyImageServer started =
        JettyImageServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), api, ServerOptions.usual());
    return new RunningServer(started.uri(), started::close);
  }

  @Test
  void whoAsksFirstSendsNothingThatIsRefused() throws IOException {
    String answer =
        exchange(
            "PUT /v2/images/00000000-0000-0000-0000-000000000000/file HTTP/1.1\r\nHost: x\r\n"
                + "X-Auth-Token: t1\r\nContent-Type: application/octet-stream\r\n"
                + "Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 404"), answer);
  }

  @Test
  void headersThatAreTooLargeAreRefused() throws IOException {
    String answer =
        exchange("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + "y".repeat(60_000) + "\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 431"), answer);
    assertEquals(-1, answer.indexOf("Jetty"));
  }
}
