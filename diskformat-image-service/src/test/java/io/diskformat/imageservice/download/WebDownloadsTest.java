package io.diskformat.imageservice.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.ImageServiceException;
import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.ImportSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WebDownloadsTest {
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<byte[]> answers = new CopyOnWriteArrayList<>();
  private ServerSocket server;

  @BeforeEach
  void begin() throws IOException {
    ServerSocket answering = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    server = answering;
    Thread.ofVirtual().start(() -> serve(answering));
  }

  @AfterEach
  void end() throws IOException {
    server.close();
  }

  /** Answers each connection with the next answer, whatever is asked. */
  private void serve(ServerSocket answering) {
    for (int i = 0; !answering.isClosed(); i++) {
      try (Socket socket = answering.accept()) {
        byte[] buffer = new byte[8192];
        int count = socket.getInputStream().read(buffer);
        requests.add(new String(buffer, 0, Math.max(0, count), StandardCharsets.US_ASCII));
        socket.getOutputStream().write(answers.get(Math.min(i, answers.size() - 1)));
        socket.getOutputStream().flush();
        socket.shutdownOutput();
      } catch (IOException e) {
        // The client has gone, or the test has ended.
      }
    }
  }

  private int port() {
    return server.getLocalPort();
  }

  private void answer(String text) {
    answers.add(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private WebDownloads usual() {
    return WebDownloads.usual()
        .allowPorts(Set.of(80, 443, port()))
        .patience(Duration.ofSeconds(20));
  }

  private WebDownloads open() {
    return usual().allowHosts(Set.of("127.0.0.1", "images.example"));
  }

  private static String refused(WebDownloads rules, String uri) {
    ImageServiceException e =
        assertThrows(
            ImageServiceException.class,
            () -> {
              try (ImportSource.Data data = rules.open(uri)) {
                byte[] _ = data.bytes().readAllBytes();
              }
            },
            uri);
    assertEquals(Problem.INVALID, e.problem());
    return e.getMessage();
  }

  private static byte[] fetch(WebDownloads rules, String uri) throws IOException {
    try (ImportSource.Data data = rules.open(uri)) {
      return data.bytes().readAllBytes();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1/",
        "http://127.1.2.3/",
        "http://localhost/",
        "http://localhost./",
        "http://[::1]/",
        "http://[::]/",
        "http://0.0.0.0/",
        "http://0.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[fe80::1%25lo]/",
        "http://[fd00:ec2::254]/latest/",
        "http://100.100.100.200/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b::169.254.169.254]/",
        "http://[2002:7f00:1::]/",
        "http://[::ffff:0:127.0.0.1]/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0x7f.0x0.0x0.0x1/",
        "http://0X7F000001/",
        "http://017700000001/",
        "http://127.0.1/",
        "http://00000127.0.0.1/",
        "http://%31%32%37.0.0.1/",
        "http://127%2e0.0.1/",
        "http://[::ffff:7f00:1]/",
        "http://[0:0:0:0:0:ffff:7f00:0001]/",
        "http://[64:ff9b:1::7f00:1]/",
        "http://[::ffff:0:7f00:1]/",
        "http://[2002:a9fe:a9fe::]/",
        "http://[::1%25eth0]/",
        "http://[febf::1]/",
        "http://[ff02::1]/",
        "http://169.254.0.1/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://LOCALHOST/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://127.0.0.1./",
        "http://127.000.000.001/",
        "http://1.2.3.256/",
        "https://127.0.0.1/",
        "http://user@127.0.0.1/",
        "http://8.8.8.8@127.0.0.1/",
        "http://93.184.216.34:22/",
        "http://93.184.216.34:8080/",
        "ftp://93.184.216.34/",
        "file:///etc/passwd",
        "gopher://93.184.216.34/",
        "jar:http://93.184.216.34!/",
        "http:///etc/passwd",
        "http:",
        "//93.184.216.34/",
        "/etc/passwd",
        "",
        " ",
        "http://93.184.216.34\\@127.0.0.1/",
        "http://127。0。0。1/",
        "http://①②⑦.⓪.⓪.①/"
      })
  void nothingOfThisMachineIsFetched(String uri) {
    refused(usual(), uri);
    assertThrows(ImageServiceException.class, () -> usual().check(uri));
    assertEquals(List.of(), requests);
  }

  @Test
  void anAddressThatIsTooLong() {
    refused(usual(), "http://93.184.216.34/" + "x".repeat(3000));
  }

  @Test
  void whatIsAllowedIsFetchedInEachWayThatItIsSent() throws IOException {
    byte[] data = new byte[300_000];
    new Random(1).nextBytes(data);
    String body = new String(data, StandardCharsets.ISO_8859_1);
    answer("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + body + "and more");
    answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n" + body);
    StringBuilder chunks =
        new StringBuilder("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n");
    for (int at = 0; at < body.length(); at += 70_001) {
      String part = body.substring(at, Math.min(body.length(), at + 70_001));
      var _ = chunks.append("%x;a=b\r\n%s\r\n".formatted(part.length(), part));
    }
    answer(chunks.append("0\r\n\r\n").toString());
    String uri = "http://127.0.0.1:" + port() + "/a%20b?c=d";
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(data, fetch(open(), uri), "answer " + i);
    }
    assertTrue(requests.getFirst().startsWith("GET /a%20b?c=d HTTP/1.1\r\n"), requests.toString());
    assertTrue(requests.getFirst().contains("Host: 127.0.0.1:" + port()), requests.toString());
  }

  @Test
  void aRedirectionIsLookedAtAsTheFirstAddress() throws IOException {
    answer("HTTP/1.1 302 Found\r\nLocation: /other\r\n\r\n");
    answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    String uri = "http://images.example:" + port() + "/";
    WebDownloads rules = open().resolver(host -> List.of(InetAddress.getLoopbackAddress()));
    assertEquals("ok", new String(fetch(rules, uri), StandardCharsets.US_ASCII));
    assertTrue(requests.get(1).startsWith("GET /other "), requests.toString());
    for (String target :
        List.of(
            "http://localhost:" + port() + "/",
            "http://169.254.169.254/",
            "http://0x7f000001/",
            "file:///etc/passwd",
            "ftp://images.example/",
            "http://images.example:22/",
            "//other.example/",
            "http://[")) {
      answers.clear();
      answer("HTTP/1.1 301 Moved\r\nLocation: " + target + "\r\n\r\n");
      refused(rules, uri);
    }
  }

  @Test
  void redirectionsEnd() {
    answer("HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n");
    String said = refused(open(), "http://127.0.0.1:" + port() + "/");
    assertTrue(said.contains("redirects more than"), said);
    assertEquals(6, requests.size());
  }

  /** What is a stranger when it is looked at, and this machine when it is connected to. */
  @Test
  void aHostIsResolvedOnceForEachRequest() throws IOException {
    List<String> asked = new ArrayList<>();
    WebDownloads rules =
        usual()
            .patience(Duration.ofMillis(200))
            .resolver(host -> {
              asked.add(host);
              // An address that nobody has; a second question would lead here.
              return List.of(
                  asked.size() == 1
                      ? InetAddress.getByName("192.0.2.1")
                      : InetAddress.getLoopbackAddress());
            });
    answer("HTTP/1.1 200 OK\r\n\r\nsecret");
    refused(rules, "http://rebinding.example:" + port() + "/");
    assertEquals(List.of("rebinding.example"), asked);
    assertEquals(List.of(), requests);
  }

  @Test
  void allAddressesOfAHostMustDo() throws IOException {
    List<InetAddress> two =
        List.of(InetAddress.getByName("192.0.2.1"), InetAddress.getByName("127.0.0.1"));
    String uri = "http://two.example:" + port() + "/";
    refused(usual().resolver(host -> two), uri);
    refused(usual().resolver(host -> two.reversed()), uri);
    String said =
        refused(
            usual()
                .resolver(host -> {
                  throw new UnknownHostException(host);
                }),
            uri);
    assertTrue(said.contains("not known"), said);
  }

  @Test
  void aHostThatIsNotKnownYetMayBeNamed() throws IOException {
    WebDownloads rules =
        usual()
            .resolver(host -> {
              throw new UnknownHostException(host);
            });
    String uri = "http://later.example:" + port() + "/";
    rules.check(uri);
    assertThrows(ImageServiceException.class, () -> rules.open(uri));
  }

  @Test
  void listsOfHosts() throws IOException {
    answer("HTTP/1.1 200 OK\r\n\r\n");
    InetAddress other = InetAddress.getByName("192.0.2.1");
    WebDownloads rules = WebDownloads.usual().resolver(host -> List.of(other));
    rules.check("http://a.example/");
    assertThrows(
        ImageServiceException.class,
        () -> rules.denyHosts(Set.of("A.example")).check("http://a.Example/"));
    rules.denyHosts(Set.of("b.example")).check("http://a.example/");
    // It is the same host by another spelling, and in a list with a space behind a comma.
    assertThrows(
        ImageServiceException.class,
        () -> rules.denyHosts(Set.of("a.example")).check("http://a.example./"));
    assertThrows(
        ImageServiceException.class,
        () -> rules.denyHosts(Set.of("b.example", " a.example")).check("http://a.example/"));
    assertThrows(
        ImageServiceException.class,
        () -> rules.allowHosts(Set.of("b.example")).check("http://a.example/"));
    // What is allowed has the last word.
    rules
        .allowHosts(Set.of("a.example"))
        .denyHosts(Set.of("a.example"))
        .check("https://a.example/x");
    assertFalse(AddressRules.isLocal(other));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 404 Not Found\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\n\r\n",
        "HTTP/1.1 302 Found\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Len",
        "HTTP/1.1 999999999999 OK\r\n\r\n"
      })
  void answersThatAreNone(String text) {
    answer(text);
    refused(open(), "http://127.0.0.1:" + port() + "/");
  }

  @Test
  void theConnectionOfARefusedAnswerIsClosed() throws IOException {
    try (ServerSocket single = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread client =
          Thread.ofVirtual()
              .start(() -> {
                WebDownloads rules = open().allowPorts(Set.of(single.getLocalPort()));
                refused(rules, "http://127.0.0.1:" + single.getLocalPort() + "/");
              });
      try (Socket socket = single.accept()) {
        socket.setSoTimeout(20_000);
        socket
            .getOutputStream()
            .write("HTTP/1.1 302 Found\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] request = socket.getInputStream().readAllBytes();
        assertTrue(request.length > 0);
      }
      assertDoesNotThrow(() -> client.join());
    }
  }

  @Test
  void headersWithoutEnd() {
    answer("HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(100_000) + "\r\n");
    String said = refused(open(), "http://127.0.0.1:" + port() + "/");
    assertTrue(said.contains("headers"), said);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123456789",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcd",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdefgh\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      })
  void dataThatIsCutShort(String text) {
    answer(text);
    assertThrows(IOException.class, () -> fetch(open(), "http://127.0.0.1:" + port() + "/"));
  }

  /** Answers each connection with a text, and then one byte after the other as long as it lasts. */
  private void drip(String text) throws IOException {
    ServerSocket dripping = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    server.close();
    server = dripping;
    Thread.ofVirtual()
        .start(() -> {
          while (!dripping.isClosed()) {
            try (Socket socket = dripping.accept()) {
              socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
              while (true) {
                socket.getOutputStream().write('x');
                Thread.sleep(10);
              }
            } catch (IOException | InterruptedException e) {
              // The client has gone, or the test has ended.
            }
          }
        });
  }

  /** Such a server is never silent, and its client would have to wait for ever. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aServerThatDripsIsGivenUp() throws IOException {
    for (String text :
        new String[] {
          "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3b9aca00\r\n",
        }) {
      drip(text);
      String message =
          refused(
              open().patience(Duration.ofSeconds(1)).slowest(1 << 20),
              "http://127.0.0.1:" + port() + "/a");
      assertTrue(message.endsWith("it sends less than 1048576 bytes a second"), message);
    }
    for (String text : new String[] {"HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\n", "HT"}) {
      drip(text);
      String message =
          refused(
              open().patience(Duration.ofSeconds(1)).slowest(0),
              "http://127.0.0.1:" + port() + "/a");
      assertTrue(
          message.endsWith("it cannot be reached: its answer does not come in time"), message);
    }
  }
}
