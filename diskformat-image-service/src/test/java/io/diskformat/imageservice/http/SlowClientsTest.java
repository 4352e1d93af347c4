package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.identity.Everybody;
import io.diskformat.imageservice.jetty.JettyImageServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SlowClientsTest {
  private static final long SECOND = 1_000_000_000;

  private final AtomicLong now = new AtomicLong();
  private final AtomicLong ended = new AtomicLong();
  private final SlowClients clients =
      new SlowClients(
          new ClientPatience(Duration.ofSeconds(60), Duration.ofSeconds(30), 1000), now::get);

  /** A client that sends some bytes each time, and takes some seconds for it. */
  private final class Client extends InputStream {
    private final int count;
    private final int seconds;

    Client(int count, int seconds) {
      this.count = count;
      this.seconds = seconds;
    }

    @Override
    public int read() {
      throw new AssertionError("nobody reads byte by byte");
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      for (int i = 0; i < seconds; i++) {
        long _ = now.addAndGet(SECOND);
        clients.check();
      }
      return Math.min(count, length);
    }
  }

  private boolean isEnded(int count, int seconds, int times) throws IOException {
    InputStream body = clients.watch(new Client(count, seconds), ended::incrementAndGet);
    byte[] buffer = new byte[10_000];
    for (int i = 0; i < times && ended.get() == 0; i++) {
      try {
        int _ = body.read(buffer);
      } catch (IOException e) {
        assertEquals("the client is too slow", e.getMessage());
      }
      // What the service does with the data is not the client's time.
      long _ = now.addAndGet(100 * SECOND);
      clients.check();
    }
    return ended.get() > 0;
  }

  @Test
  void whoSendsEnoughIsNotEnded() throws IOException {
    assertFalse(isEnded(1100, 1, 200));
  }

  @Test
  void whoSendsTooLittleIsEnded() throws IOException {
    assertFalse(isEnded(999, 1, 29));
    assertTrue(isEnded(999, 1, 40));
  }

  @Test
  void whoIsSilentIsEnded() throws IOException {
    assertTrue(isEnded(10_000, 61, 1));
    assertEquals(1, ended.get());
  }

  /** Two clients are silent, and one of them cannot be ended. */
  @Test
  void oneWhoCannotBeEndedKeepsNoOtherFromIt() throws IOException {
    Logger log = Logger.getLogger(SlowClients.class.getName());
    log.setLevel(Level.OFF);
    try {
      // In whichever order they are looked at, neither end is what keeps the other from being.
      Runnable failing =
          () -> {
            long _ = ended.incrementAndGet();
            throw new IllegalStateException("as if");
          };
      InputStream other =
          new InputStream() {
            @Override
            public int read() {
              throw new AssertionError("nobody reads byte by byte");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
              InputStream inner = clients.watch(new Client(10, 61), failing);
              assertThrows(IOException.class, () -> inner.read(bytes));
              return 1;
            }
          };
      InputStream body = clients.watch(other, failing);
      assertThrows(IOException.class, () -> body.read(new byte[10]));
      assertEquals(2, ended.get());
    } finally {
      log.setLevel(null);
    }
  }

  @Test
  void whoWasFastMayPause() throws IOException {
    InputStream fast = new ByteArrayInputStream(new byte[10_000_000]);
    InputStream slow = new Client(10, 59);
    InputStream body =
        clients.watch(new java.io.SequenceInputStream(fast, slow), ended::incrementAndGet);
    byte[] buffer = new byte[10_000];
    for (int i = 0; i < 1010; i++) {
      int _ = body.read(buffer);
    }
    assertEquals(0, ended.get());
  }

  @Test
  void whoTakesNothingIsEnded() throws IOException {
    OutputStream answer =
        clients.watch(
            new OutputStream() {
              @Override
              public void write(int b) {
                throw new AssertionError("nobody writes byte by byte");
              }

              @Override
              public void write(byte[] bytes, int offset, int length) {
                long _ = now.addAndGet(61 * SECOND);
                clients.check();
              }
            },
            ended::incrementAndGet);
    assertThrows(IOException.class, () -> answer.write(new byte[100]));
    assertEquals(1, ended.get());
  }

  /** A real client that says what it will send, and does not. */
  @Timeout(120)
  @ParameterizedTest
  @ValueSource(strings = {"jdk", "jetty"})
  void anUploadThatStopsReleasesItsImage(String kind, @TempDir Path directory) throws Exception {
    Caller caller = Caller.admin("u", "p");
    ServerOptions options =
        ServerOptions.usual()
            .patience(new ClientPatience(Duration.ofMillis(300), Duration.ofSeconds(30), 1));
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (ImageService service = LocalImageService.open(directory, ServiceLimits.usual())) {
      ImageApi api = new ImageApi(service, new Everybody(caller));
      ImageAttributes raw =
          ImageAttributes.of("p").diskFormat("raw").containerFormat("bare").build();
      String id = service.create(caller, null, raw).id();
      try (AutoCloseable server =
          kind.equals("jdk")
              ? ImageServer.start(any, api, options)
              : JettyImageServer.start(any, api, options)) {
        URI uri = server instanceof ImageServer jdk ? jdk.uri() : ((JettyImageServer) server).uri();
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
          socket
              .getOutputStream()
              .write(
                  ("PUT /v2/images/"
                          + id
                          + "/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: t\r\n"
                          + "Content-Type: application/octet-stream\r\n"
                          + "Content-Length: 1000000\r\n\r\nsome bytes")
                      .getBytes(StandardCharsets.US_ASCII));
          socket.getOutputStream().flush();
          // The connection ends, with an answer or without one.
          byte[] _ = socket.getInputStream().readAllBytes();
        } catch (IOException e) {
          // A reset is an end too.
        }
        // Neither the catalogue nor the store suffers from how the connection was ended.
        while (!service.get(caller, id).status().text().equals("queued")) {
          Thread.onSpinWait();
        }
      }
    }
  }
}
