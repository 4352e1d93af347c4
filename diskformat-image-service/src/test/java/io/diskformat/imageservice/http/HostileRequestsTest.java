package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.QuickDirectory;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.http.ApiClient.Answer;
import io.diskformat.imageservice.http.ImageApiTest.RunningServer;
import io.diskformat.imageservice.identity.StaticTokens;
import io.diskformat.imageservice.jetty.JettyImageServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that no honest client sends, to Jetty; other servers run the same tests. */
class HostileRequestsTest {
  /** More by hand: 10,000. */
  private static final int IMAGES = Integer.getInteger("diskformat.images", 300);

  private static final Caller CALLER = Caller.member("u1", "p1");

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  private ImageService service;
  private RunningServer server;
  private ApiClient member;

  RunningServer start(ImageApi api) throws IOException {
    JettyImageServer started =
        JettyImageServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), api, ServerOptions.usual());
    return new RunningServer(started.uri(), started::close);
  }

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory, ServiceLimits.usual());
    server = start(new ImageApi(service, new StaticTokens(Map.of("t1", CALLER))));
    member = new ApiClient(server.uri(), "t1");
  }

  @AfterEach
  void end() throws IOException {
    member.close();
    server.end().run();
    service.close();
  }

  private String create() throws IOException {
    ImageAttributes raw =
        ImageAttributes.of("p1").diskFormat("raw").containerFormat("bare").build();
    return service.create(CALLER, null, raw).id();
  }

  /** Sends bytes as they are, and returns what comes until the server closes the connection. */
  private String send(String request) throws IOException {
    try (Socket socket = new Socket(server.uri().getHost(), server.uri().getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  /** As {@link #send}, where the server may close the connection before it has read all. */
  private String sendAnyhow(String request) {
    try {
      return send(request);
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void requestsThatAreNoneOrTooLarge() throws IOException {
    String id = create();
    String get = "GET /v2/images/" + id + " HTTP/1.1\r\nHost: x\r\nX-Auth-Token: t1\r\n";
    List<String> requests = new ArrayList<>();
    requests.add(get + "X-Long: " + "y".repeat(8_000_000) + "\r\n\r\n");
    requests.add(get + "X: y\r\n".repeat(500_000) + "\r\n");
    requests.add(get + ("y".repeat(10) + ": z\r\n").repeat(300_000) + "\r\n");
    requests.add("GET /v2/images?" + "a".repeat(8_000_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    requests.add("GET /" + "../".repeat(100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    requests.add("y".repeat(1_000_000));
    requests.add("y".repeat(100_000) + " /v2/images HTTP/1.1\r\nHost: x\r\n\r\n");
    requests.add("\r\n".repeat(100_000));
    requests.add("\0\0\0\0");
    requests.add("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003");
    requests.add("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    requests.add("GET /v2/images HTTP/9.9\r\nHost: x\r\n\r\n");
    requests.add("GET  HTTP/1.1\r\n\r\n");
    requests.add("GET /v2/images HTTP/1.1\r\nNo colon\r\n\r\n");
    requests.add("GET /v2/images HTTP/1.1\r\n: no name\r\n\r\n");
    requests.add("GET /v2/images HTTP/1.1\r\nHost: x\r\nA\0B: c\r\n\r\n");
    for (String request : requests) {
      String answer = sendAnyhow(request);
      String shown = request.substring(0, Math.min(60, request.length())) + ": " + answer;
      assertFalse(answer.contains("HTTP/1.1 2"), shown);
      assertFalse(answer.contains("HTTP/1.1 5") && !answer.contains("HTTP/1.1 505"), shown);
    }
    // The server goes on.
    assertEquals(200, member.get("/v2/images/" + id).status());
  }

  private String put(String id, String headers, String body) throws IOException {
    return send(
        "PUT /v2/images/"
            + id
            + "/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: t1\r\n"
            + "Content-Type: application/octet-stream\r\nConnection: close\r\n"
            + headers
            + "\r\n\r\n"
            + body);
  }

  @Test
  void sizesThatLie() throws IOException {
    String id = create();
    String data = "x".repeat(1000);
    for (String headers :
        List.of(
            "Content-Length: 2000",
            "Content-Length: 1000\r\nX-OpenStack-Image-Size: 999",
            "Content-Length: -1",
            "Content-Length: 99999999999999999999",
            "Content-Length: 1000\r\nContent-Length: 900",
            "Content-Length: 1000\r\nTransfer-Encoding: chunked",
            "Content-Length: 2199023255552",
            "X-OpenStack-Image-Size: 1000\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nX-Zero: 0")) {
      String answer = put(id, headers, data);
      assertFalse(answer.startsWith("HTTP/1.1 2"), headers + ": " + answer);
    }
    for (String chunks :
        List.of(
            "3e8\r\n" + data,
            "ffffffffffffffff\r\n" + data,
            "-5\r\n" + data + "\r\n0\r\n\r\n",
            "3e8\r\n" + data + "y\r\n0\r\n\r\n",
            "zz\r\n" + data)) {
      String answer = put(id, "Transfer-Encoding: chunked", chunks);
      assertFalse(answer.startsWith("HTTP/1.1 2"), chunks.substring(0, 10) + ": " + answer);
    }
    // A request that the server could not tell apart from its body is not answered twice.
    String two =
        put(
            id,
            "Content-Length: 4\r\nTransfer-Encoding: chunked",
            "0\r\n\r\nDELETE /v2/images/" + id + " HTTP/1.1\r\nX-Auth-Token: t1\r\n\r\n");
    assertEquals(1, two.split("HTTP/1.1 ", -1).length - 1, two);
    // The claim of an upload that broke off ends when its thread sees that.
    while (!service.get(CALLER, id).status().text().equals("queued")) {
      Thread.onSpinWait();
    }
    try (Stream<Path> files = Files.walk(directory.resolve("blobs"))) {
      assertEquals(0, files.filter(Files::isRegularFile).count());
    }
    assertTrue(put(id, "Content-Length: 1000", data).startsWith("HTTP/1.1 204"));
  }

  @Test
  void pathsAndIdsOfEveryKind() throws IOException {
    String id = create();
    Path outside = directory.resolve("secret");
    Files.writeString(outside, "secret");
    Random random = new Random(1);
    List<String> names =
        new ArrayList<>(
            List.of(
                "..",
                "../secret",
                "..%2Fsecret",
                "%2e%2e%2fsecret",
                "%2e%2e/secret",
                ".",
                "....//secret",
                "%00",
                "a%00b",
                "%",
                "%zz",
                "%c0%ae%c0%ae%c0%afsecret",
                "%ff",
                "%F0%9F%92%A9",
                "%0d%0aX-Injected:%20yes",
                "*",
                "'%20or%20'1'='1",
                "x".repeat(5000),
                "%3Cscript%3E",
                id + "%00",
                id.toUpperCase(java.util.Locale.ROOT),
                id + "/../" + id,
                "-1",
                "0",
                "null",
                "undefined",
                "${jndi:ldap:x}",
                ";",
                ";a=b",
                "\\..\\secret"));
    for (int i = 0; i < 20; i++) {
      StringBuilder name = new StringBuilder();
      for (int j = random.nextInt(20); j >= 0; j--) {
        var _ = name.append("%%%02x".formatted(random.nextInt(256)));
      }
      names.add(name.toString());
    }
    for (String name : names) {
      for (String path :
          List.of(
              "/v2/images/%s",
              "/v2/images/%s/file",
              "/v2/images/" + id + "/tags/%s/x",
              "/v2/images/" + id + "/members/%s",
              "/v2/tasks/%s",
              "/v2/schemas/%s",
              "/v2/metadefs/namespaces/%s",
              "/v2/images?marker=%s",
              "/%s",
              "/v2/info/%s")) {
        String answer =
            send(
                "GET "
                    + path.replace("%s", name)
                    + " HTTP/1.1\r\nHost: x\r\nX-Auth-Token: t1\r\nConnection: close\r\n\r\n");
        String status = answer.isEmpty() ? "" : answer.substring(9, 10);
        // The id in other letters may be that of the image.
        assertTrue(
            status.equals("4")
                || name.startsWith(id)
                || name.equals(".")
                || name.equals("..")
                || name.contains("..")
                || name.startsWith(";")
                || path.startsWith("/v2/images?"),
            path + " " + name + ": " + answer);
        assertFalse(status.equals("5"), path + " " + name + ": " + answer);
        assertFalse(answer.split("\r\n\r\n", 2)[0].contains("\nX-Injected"), answer);
        assertFalse(answer.endsWith("\r\n\r\nsecret"), answer);
      }
    }
    for (String wrong : List.of("x", "", "../a", "0", "urn:uuid:" + id, "{" + id + "}", id)) {
      JsonObject body = new JsonObject();
      body.addProperty("id", wrong);
      int status = member.post("/v2/images", body).status();
      assertEquals(wrong.equals(id) ? 409 : 400, status, wrong);
    }
  }

  @Test
  void bombsOfJson() throws IOException {
    String id = create();
    List<String> bodies =
        List.of(
            "[".repeat(500_000),
            "{\"a\":".repeat(100_000),
            "[" + "{},".repeat(300_000) + "{}]",
            "[{\"op\":\"add\",\"path\":\"/a\",\"value\":" + "[".repeat(400_000),
            "[{\"op\":\"add\",\"path\":\"/" + "a/".repeat(400_000) + "\",\"value\":\"x\"}]",
            "[{\"op\":\"add\",\"path\":\"/" + "~1".repeat(400_000) + "\",\"value\":\"x\"}]",
            "[{\"op\":\"add\",\"path\":\"/min_disk\",\"value\":" + "9".repeat(900_000) + "}]",
            "[{\"op\":\"add\",\"path\":\"/min_disk\",\"value\":1e2147483647}]",
            "\"" + "\\u0000".repeat(100_000) + "\"",
            "[{\"op\":\"add\",\"path\":\"/a\",\"value\":\"x\",\"op\":\"remove\"}]]");
    for (String body : bodies) {
      Answer answer =
          member.send(
              "PATCH",
              "/v2/images/" + id,
              BodyPublishers.ofString(body),
              "Content-Type",
              ApiClient.PATCH);
      assertTrue(
          answer.status() >= 400 && answer.status() < 500,
          answer.status() + " " + body.substring(0, Math.min(60, body.length())));
    }
    // Many operations that each make a little more.
    JsonArray many = new JsonArray();
    for (int i = 0; i < 10_000; i++) {
      JsonObject operation = new JsonObject();
      operation.addProperty("op", "add");
      operation.addProperty("path", "/p" + i);
      operation.addProperty("value", "x");
      many.add(operation);
    }
    assertEquals(413, member.patch(id, many).status());
    JsonObject large = new JsonObject();
    large.addProperty("name", "n");
    for (int i = 0; i < 129; i++) {
      large.addProperty("p" + i, "x");
    }
    assertEquals(413, member.post("/v2/images", large).status());
    assertTrue(service.get(CALLER, id).attributes().properties().isEmpty());
  }

  /** Each parameter costs something for each image, and each key of an order for each pair. */
  @Test
  void queriesWithoutEnd() throws IOException {
    for (int i = 0; i < 3; i++) {
      var _ = create();
    }
    for (String query :
        List.of(
            "sort=" + "id:asc,".repeat(4000) + "id",
            "size_min=0&".repeat(2500) + "x=y",
            "sort_key=id&".repeat(2500) + "sort_dir=asc",
            "a" + "&".repeat(30_000))) {
      Answer answer = member.get("/v2/images?" + query);
      assertEquals(400, answer.status(), answer.text());
    }
    assertEquals(200, member.get("/v2/images?name=in:" + "a,".repeat(10_000) + "b").status());
  }

  @Test
  void pagesWhileImagesAreDeleted() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      ids.add(create());
    }
    Set<String> stay = new HashSet<>();
    for (int i = 0; i < IMAGES; i += 3) {
      boolean _ = stay.add(ids.get(i));
    }
    Thread deleting =
        Thread.ofVirtual()
            .start(() -> {
              for (String id : ids) {
                if (!stay.contains(id)) {
                  try {
                    service.delete(CALLER, id);
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                }
              }
            });
    Set<String> seen = new HashSet<>();
    String next = "/v2/images?limit=17";
    while (next != null) {
      Answer answer = member.get(next);
      assertEquals(200, answer.status(), answer.text());
      for (JsonElement image : answer.json().getAsJsonArray("images")) {
        assertTrue(seen.add(image.getAsJsonObject().get("id").getAsString()), "twice");
      }
      next = answer.json().has("next") ? answer.json().get("next").getAsString() : null;
    }
    deleting.join();
    assertTrue(seen.containsAll(stay));
    assertTrue(ids.containsAll(seen));
    JsonObject rest = member.get("/v2/images?limit=1000").json();
    assertEquals(Math.min(1000, stay.size()), rest.getAsJsonArray("images").size());
    assertTrue(JsonParser.parseString(rest.toString()).isJsonObject());
  }
}
