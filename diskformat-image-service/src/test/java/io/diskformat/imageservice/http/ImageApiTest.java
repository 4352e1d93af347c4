package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.QuickDirectory;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.http.ApiClient.Answer;
import io.diskformat.imageservice.identity.StaticTokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The API, by the JDK's own server; other servers run the same tests. */
class ImageApiTest {
  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  private ImageService service;
  private RunningServer server;
  private ApiClient admin;
  private ApiClient member;
  private ApiClient other;

  /** A server that has been started. */
  record RunningServer(URI uri, Runnable end) {}

  RunningServer start(ImageApi api) throws IOException {
    ImageServer started =
        ImageServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), api);
    return new RunningServer(started.uri(), started::close);
  }

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory, ServiceLimits.usual());
    StaticTokens tokens =
        new StaticTokens(
            Map.of(
                "t0", Caller.admin("u0", "p0"),
                "t1", Caller.member("u1", "p1"),
                "u:2", Caller.member("u2", "p2")));
    server = start(new ImageApi(service, tokens));
    admin = new ApiClient(server.uri(), "t0");
    member = new ApiClient(server.uri(), "t1");
    other = new ApiClient(server.uri(), "u%3A2");
  }

  @AfterEach
  void end() throws IOException {
    admin.close();
    member.close();
    other.close();
    server.end().run();
    service.close();
  }

  private static JsonElement json(String text) {
    return JsonParser.parseString(text.replace('\'', '"'));
  }

  private static JsonArray operations(String text) {
    return json(text).getAsJsonArray();
  }

  private String create(String members) throws IOException {
    Answer created = member.post("/v2/images", json(members));
    assertEquals(201, created.status(), created.text());
    String id = created.json().get("id").getAsString();
    assertEquals("/v2/images/" + id, created.header("Location"));
    return id;
  }

  private String createRaw() throws IOException {
    return create("{'name': 'n', 'disk_format': 'raw', 'container_format': 'bare'}");
  }

  private static byte[] data(int size) {
    byte[] data = new byte[size];
    new Random(size).nextBytes(data);
    if (size > 510) {
      data[510] = 0;
    }
    return data;
  }

  @Test
  void versionsAndSchemasNeedNoToken() throws IOException {
    try (ApiClient nobody = new ApiClient(server.uri(), "wrong")) {
      assertEquals(300, nobody.get("/").status());
      assertEquals(200, nobody.get("/versions").status());
      assertEquals(200, nobody.get("/v2/").status());
      assertEquals(200, nobody.get("/healthcheck").status());
      for (String name :
          List.of(
              "image",
              "images",
              "member",
              "task",
              "metadefs/namespace",
              "metadefs/resource_type")) {
        Answer schema = nobody.get("/v2/schemas/" + name);
        assertEquals(200, schema.status(), name);
        assertTrue(schema.json().has("properties"));
      }
      assertEquals(404, nobody.get("/v2/schemas/nothing").status());
      assertEquals(401, nobody.get("/v2/images").status());
    }
  }

  @Test
  void anImageFromCreationToDeletion() throws IOException {
    String id =
        create(
            "{'name': 'cirros', 'disk_format': 'raw', 'container_format': 'bare',"
                + " 'visibility': 'private', 'tags': ['a'], 'owner_specified.openstack.md5': '',"
                + " 'min_ram': 64}");
    JsonObject queued = member.get("/v2/images/" + id).json();
    assertEquals("queued", queued.get("status").getAsString());
    assertTrue(queued.get("size").isJsonNull());
    assertEquals("", queued.get("owner_specified.openstack.md5").getAsString());
    assertEquals(204, member.get("/v2/images/" + id + "/file").status());
    byte[] data = data(1_000_000);
    assertEquals(204, member.upload(id, data).status());
    JsonObject active = member.get("/v2/images/" + id).json();
    assertEquals("active", active.get("status").getAsString());
    assertEquals(1_000_000, active.get("size").getAsLong());
    assertEquals(1_000_448, active.get("virtual_size").getAsLong());
    Answer file = member.get("/v2/images/" + id + "/file");
    assertArrayEquals(data, file.body());
    assertEquals(active.get("checksum").getAsString(), file.header("Content-MD5"));
    assertEquals(404, other.get("/v2/images/" + id).status());
    assertEquals(409, member.upload(id, data).status());
    assertEquals(204, member.delete("/v2/images/" + id).status());
    assertEquals(404, member.get("/v2/images/" + id).status());
    Answer again = member.post("/v2/images", json("{'id': '" + id + "'}"));
    assertEquals(409, again.status());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          bytes=0-99        | 206 | 0     | 100
          bytes=100-        | 206 | 100   | 99900
          bytes=-100        | 206 | 99900 | 100
          bytes=-1000000    | 206 | 0     | 100000
          bytes=99999-99999 | 206 | 99999 | 1
          bytes=5-1000000   | 206 | 5     | 99995
          bytes=100000-     | 416 | 0     | 0
          bytes=9-5         | 416 | 0     | 0
          bytes=-           | 416 | 0     | 0
          bytes=-0          | 416 | 0     | 0
          octets=0-9        | 416 | 0     | 0
          bytes=0-1,5-6     | 400 | 0     | 0
          """)
  void ranges(String range, int status, int start, int length) throws IOException {
    String id = createRaw();
    byte[] data = data(100_000);
    assertEquals(204, member.upload(id, data).status());
    Answer part = member.get("/v2/images/" + id + "/file", "Range", range);
    assertEquals(status, part.status(), part.text().length() < 2000 ? part.text() : "");
    if (status == 206) {
      assertArrayEquals(Arrays.copyOfRange(data, start, start + length), part.body());
      assertEquals(
          "bytes %d-%d/100000".formatted(start, start + length - 1), part.header("Content-Range"));
    } else if (status == 416) {
      assertEquals("bytes */100000", part.header("Content-Range"));
    }
  }

  @Test
  void headHasTheLengthAndNoBody() throws IOException {
    String id = createRaw();
    assertEquals(204, member.upload(id, data(5000)).status());
    Answer head = member.send("HEAD", "/v2/images/" + id + "/file", BodyPublishers.noBody());
    assertEquals(200, head.status());
    assertEquals("5000", head.header("Content-Length"));
    assertEquals(0, head.body().length);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [{'op': 'add', 'path': '/a', 'value': 'b'}]                         | 200
          [{'op': 'add', 'path': '/x~1y', 'value': 'b'}]                      | 200
          [{'op': 'replace', 'path': '/name', 'value': null}]                 | 200
          [{'op': 'replace', 'path': '/tags', 'value': ['x', 'y', 'x']}]      | 200
          [{'op': 'add', 'path': '/min_disk', 'value': 3}]                    | 200
          []                                                                  | 200
          [{'op': 'replace', 'path': '/a', 'value': 'b'}]                     | 409
          [{'op': 'remove', 'path': '/a'}]                                    | 409
          [{'op': 'remove', 'path': '/name'}]                                 | 403
          [{'op': 'add', 'path': '/checksum', 'value': '1'}]                  | 403
          [{'op': 'add', 'path': '/id', 'value': '1'}]                        | 403
          [{'op': 'add', 'path': '/os_glance_x', 'value': '1'}]               | 403
          [{'op': 'add', 'path': '/deleted', 'value': '1'}]                   | 403
          [{'op': 'add', 'path': '/locations/-', 'value': {}}]                | 403
          [{'op': 'add', 'path': '/visibility', 'value': 'public'}]           | 403
          [{'op': 'add', 'path': '/owner', 'value': 'p2'}]                    | 403
          [{'op': 'test', 'path': '/a', 'value': 'b'}]                        | 400
          [{'op': 'add', 'path': 'a', 'value': 'b'}]                          | 400
          [{'op': 'add', 'path': '/', 'value': 'b'}]                          | 400
          [{'op': 'add', 'path': '/tags/-', 'value': 'b'}]                    | 400
          [{'op': 'add', 'path': '/x~2', 'value': 'b'}]                       | 400
          [{'op': 'add', 'path': '/a'}]                                       | 400
          [{'op': 'add', 'path': '/a', 'value': 1}]                           | 400
          [{'op': 'add', 'path': '/min_disk', 'value': -3}]                   | 400
          [{'op': 'add', 'path': '/min_disk', 'value': 1e999999999}]          | 400
          [{'op': 'add', 'path': '/min_disk', 'value': 1.5}]                  | 400
          [{'op': 'add', 'path': '/protected', 'value': 'yes'}]               | 400
          [{'op': 'add', 'path': '/disk_format', 'value': 'docker'}]          | 400
          [1]                                                                 | 400
          """)
  void patches(String patch, int status) throws IOException {
    String id = createRaw();
    JsonObject before = member.get("/v2/images/" + id).json();
    JsonArray array = operations(patch);
    // All of it or nothing.
    array.asList().addFirst(json("{'op': 'add', 'path': '/first', 'value': 'x'}"));
    Answer answer = member.patch(id, array);
    assertEquals(status, answer.status(), answer.text());
    JsonObject after = member.get("/v2/images/" + id).json();
    if (status == 200) {
      assertEquals("x", after.get("first").getAsString());
    } else {
      assertEquals(before, after);
    }
  }

  @Test
  void patchesOfAnotherTypeAreRefusedWithTheRightOnes() throws IOException {
    String id = createRaw();
    Answer answer =
        member.send(
            "PATCH",
            "/v2/images/" + id,
            BodyPublishers.ofString("[]"),
            "Content-Type",
            "application/json");
    assertEquals(415, answer.status());
    assertTrue(answer.header("Accept-Patch").contains(ApiClient.PATCH));
    assertEquals(405, member.put("/v2/images/" + id, new byte[0]).status());
  }

  @Test
  void aRefusalIsWrittenAsTheClientReadsIt() throws IOException {
    String path = "/v2/images/00000000-0000-0000-0000-000000000000";
    Answer html = member.get(path, "Accept", "*/*");
    assertTrue(html.text().contains("<h1>404 Not Found</h1>"), html.text());
    Answer json = member.get(path, "Accept", "application/json");
    assertEquals(404, json.json().getAsJsonObject("error").get("code").getAsInt());
    assertTrue(json.header("X-Openstack-Request-Id").startsWith("req-"));
    Answer markup = member.get("/v2/images/%3Cb%3E", "Accept", "*/*");
    assertFalse(markup.text().contains("<b>"), markup.text());
  }

  @Test
  void theVerdictIsReadAlthoughTheClientSendsOn() throws IOException {
    String id = create("{'name': 'n', 'disk_format': 'qcow2', 'container_format': 'bare'}");
    Answer answer = member.upload(id, data(20 << 20));
    assertEquals(415, answer.status());
    assertTrue(answer.text().contains("offset 0"), answer.text());
  }

  @Test
  void announcedSizesMustAgree() throws IOException {
    String id = createRaw();
    String path = "/v2/images/" + id + "/file";
    String octets = "application/octet-stream";
    for (String size : List.of("99", "101", "-1", "x", "99999999999999999999")) {
      Answer answer =
          member.put(path, data(100), "Content-Type", octets, "X-OpenStack-Image-Size", size);
      assertEquals(400, answer.status(), size);
    }
    assertEquals(415, member.put(path, data(100), "Content-Type", "text/plain").status());
    Answer answer =
        member.put(path, data(100), "Content-Type", octets, "X-OpenStack-Image-Size", "100");
    assertEquals(204, answer.status());
  }

  @Test
  void dataNeedsFormats() throws IOException {
    String id = create("{'name': 'n'}");
    Answer answer = member.upload(id, data(100));
    assertEquals(400, answer.status());
    assertTrue(answer.text().contains("must be set prior to saving data"));
  }

  @Test
  void membersAccept() throws IOException {
    String id = createRaw();
    String members = "/v2/images/" + id + "/members";
    assertEquals(404, other.get(members).status());
    Answer added = member.post(members, json("{'member': 'p2'}"));
    assertEquals(200, added.status());
    assertEquals("pending", added.json().get("status").getAsString());
    assertEquals(409, member.post(members, json("{'member': 'p2'}")).status());
    assertEquals(400, member.post(members, json("{}")).status());
    assertEquals(200, other.get("/v2/images/" + id).status());
    assertEquals(0, images(other, "").size());
    assertEquals(1, images(other, "?visibility=shared&member_status=all").size());
    String body = "{\"status\": \"accepted\"}";
    assertEquals(403, member.put(members + "/p2", body.getBytes(StandardCharsets.UTF_8)).status());
    assertEquals(200, other.put(members + "/p2", body.getBytes(StandardCharsets.UTF_8)).status());
    assertEquals(1, images(other, "").size());
    assertEquals(204, member.delete(members + "/p2").status());
    assertEquals(404, member.delete(members + "/p2").status());
    assertEquals(404, other.get("/v2/images/" + id).status());
  }

  private static JsonArray images(ApiClient client, String query) throws IOException {
    Answer answer = client.get("/v2/images" + query);
    assertEquals(200, answer.status(), answer.text());
    return answer.json().getAsJsonArray("images");
  }

  @Test
  void tags() throws IOException {
    String id = createRaw();
    String tags = "/v2/images/" + id + "/tags/";
    assertEquals(204, member.put(tags + "a%2Fb", new byte[0]).status());
    assertEquals(1, images(member, "?tag=a%2Fb").size());
    assertEquals(0, images(member, "?tag=a%2Fb&tag=c").size());
    assertEquals(404, member.delete(tags + "c").status());
    assertEquals(204, member.delete(tags + "a%2Fb").status());
    assertEquals(400, member.put(tags + "x".repeat(256), new byte[0]).status());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ?name=n1                                  | 1
          ?name=in:n1,n2                            | 2
          ?name=in:%22n1%22,n3,x                    | 2
          ?status=queued                            | 4
          ?status=active                            | 0
          ?disk_format=in:raw,iso                   | 2
          ?color=red                                | 2
          ?color=red&name=n1                        | 1
          ?min_ram=7                                | 1
          ?owner=p1                                 | 4
          ?owner=p2                                 | 0
          ?visibility=private                       | 1
          ?visibility=all                           | 4
          ?visibility=public                        | 0
          ?protected=true                           | 1
          ?os_hidden=true                           | 1
          ?created_at=gt:2020-01-01T00:00:00Z       | 4
          ?created_at=lt:2020-01-01T00:00:00        | 0
          ?limit=0                                  | 0
          ?size_min=1                               | 0
          """)
  void filters(String query, int count) throws IOException {
    assertEquals(List.of(), images(member, "").asList());
    create("{'name': 'n1', 'disk_format': 'raw', 'color': 'red', 'min_ram': 7}");
    create("{'name': 'n2', 'disk_format': 'qcow2', 'color': 'red', 'protected': true}");
    create("{'name': 'n3', 'disk_format': 'iso', 'visibility': 'private'}");
    create("{'name': 'n4'}");
    create("{'name': 'n5', 'os_hidden': true}");
    assertEquals(count, images(member, query).size());
  }

  @ParameterizedTest
  @CsvSource({
    "?limit=-1",
    "?limit=x",
    "?marker=x",
    "?sort_key=x",
    "?sort_dir=x",
    "?sort=name:asc&sort_key=name",
    "?name=nin:a",
    "?name=in:%22a",
    "?visibility=x",
    "?member_status=x",
    "?protected=maybe",
    "?created_at=x",
    "?size_min=-4",
  })
  void queriesThatMakeNoSense(String query) throws IOException {
    assertEquals(400, member.get("/v2/images" + query).status());
  }

  @Test
  void pagesFollowEachOther() throws IOException {
    for (int i = 0; i < 23; i++) {
      create("{'name': 'n" + i % 5 + "'}");
    }
    Set<String> seen = new HashSet<>();
    String next = "/v2/images?limit=4&sort=name:asc,created_at:desc";
    String last = "";
    while (!next.isEmpty()) {
      JsonObject page = member.get(next).json();
      for (JsonElement image : page.getAsJsonArray("images")) {
        String name = image.getAsJsonObject().get("name").getAsString();
        assertTrue(last.compareTo(name) <= 0);
        last = name;
        assertTrue(seen.add(image.getAsJsonObject().get("id").getAsString()));
      }
      next = page.has("next") ? page.get("next").getAsString() : "";
    }
    assertEquals(23, seen.size());
  }

  @Test
  void whatIsStagedIsImported() throws IOException {
    String id = createRaw();
    JsonElement method = json("{'method': {'name': 'glance-direct'}}");
    String path = "/v2/images/" + id;
    assertEquals(409, member.post(path + "/import", method).status());
    Answer staged =
        member.put(path + "/stage", data(5000), "Content-Type", "application/octet-stream");
    assertEquals(204, staged.status());
    JsonObject uploading = member.get(path).json();
    assertEquals("uploading", uploading.get("status").getAsString());
    assertEquals(5000, uploading.get("size").getAsLong());
    assertEquals(400, member.post(path + "/import", json("{'method': {'name': 'x'}}")).status());
    assertEquals(202, member.post(path + "/import", method).status());
    assertArrayEquals(data(5000), member.get(path + "/file").body());
    JsonArray tasks = member.get(path + "/tasks").json().getAsJsonArray("tasks");
    assertEquals("success", tasks.get(0).getAsJsonObject().get("status").getAsString());
  }

  @Test
  void bodiesThatAreNoJson() throws IOException {
    for (String body :
        List.of(
            "", "{", "[]", "nul", "[".repeat(100_000), "{\"a\": 1}", "\"x\"", "{\"name\": 3}")) {
      Answer answer =
          member.send("POST", "/v2/images", BodyPublishers.ofString(body), "Accept", "*/*");
      assertEquals(400, answer.status(), body.substring(0, Math.min(20, body.length())));
    }
    String large = "{\"a\": \"" + "x".repeat(2 << 20) + "\"}";
    Answer answer = member.send("POST", "/v2/images", BodyPublishers.ofString(large));
    assertEquals(413, answer.status());
  }

  /** Requests as they are on the wire, of which the client of the JDK does not let all be sent. */
  String exchange(String... requests) throws IOException {
    try (Socket socket = new Socket(server.uri().getHost(), server.uri().getPort())) {
      StringBuilder answers = new StringBuilder();
      for (String request : requests) {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        byte[] buffer = new byte[1 << 16];
        int count = socket.getInputStream().read(buffer);
        var _ = answers.append(new String(buffer, 0, Math.max(0, count), StandardCharsets.UTF_8));
      }
      return answers.toString();
    }
  }

  @Test
  void aConnectionServesManyRequestsUnlessItSaysThatItEnds() throws IOException {
    String request = "GET /v2/images?limit=0 HTTP/1.1\r\nHost: x\r\nX-Auth-Token: t1\r\n";
    String answers = exchange(request + "\r\n", request + "\r\n", request + "\r\n");
    assertEquals(3, answers.split("HTTP/1.1 200", -1).length - 1, answers);
    assertFalse(answers.contains("close"), answers);
    String last = exchange(request + "Connection: close\r\n\r\n");
    assertTrue(last.contains("Connection: close"), last);
    // A status without a body, and one of an error.
    String refused = exchange("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    assertTrue(refused.contains("Connection: close"), refused);
  }

  @Test
  void anImageOfAnEmptyIdIsNotAllImages() throws IOException {
    assertEquals(404, member.get("/v2/images/").status());
    assertEquals(404, member.delete("/v2/images/").status());
  }
}
