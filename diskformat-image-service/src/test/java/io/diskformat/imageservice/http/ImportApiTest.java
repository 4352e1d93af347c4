package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.download.WebDownloads;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.http.ApiClient.Answer;
import io.diskformat.imageservice.identity.StaticTokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports from the web, their tasks, and what those ask for who run the service. */
final class ImportApiTest {
  private static final byte[] DATA = new byte[700_000];

  @TempDir private Path directory;
  private final List<RequestRecord> log = new CopyOnWriteArrayList<>();
  private final CountDownLatch gate = new CountDownLatch(1);
  private HttpServer web;
  private ImageService service;
  private ImageServer server;
  private ApiClient admin;
  private ApiClient member;
  private ApiClient other;

  static {
    new Random(5).nextBytes(DATA);
    DATA[510] = 0;
  }

  @BeforeEach
  void begin() throws IOException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    web = HttpServer.create(any, 50);
    var _ =
        web.createContext(
            "/good.raw",
            exchange -> {
              exchange.sendResponseHeaders(200, DATA.length);
              exchange.getResponseBody().write(DATA);
              exchange.close();
            });
    var _ =
        web.createContext(
            "/slow.raw",
            exchange -> {
              exchange.sendResponseHeaders(200, 0);
              exchange.getResponseBody().write(DATA, 0, 1000);
              exchange.getResponseBody().flush();
              try {
                gate.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              exchange.close();
            });
    web.setExecutor(task -> Thread.ofVirtual().start(task));
    web.start();
    service = LocalImageService.open(directory, ServiceLimits.usual());
    StaticTokens tokens =
        new StaticTokens(
            Map.of(
                "t0", Caller.admin("u0", "p0"),
                "t1", Caller.member("u1", "p1"),
                "t2", Caller.member("u2", "p2")));
    WebDownloads downloads =
        WebDownloads.usual()
            .allowHosts(Set.of("127.0.0.1"))
            .allowPorts(Set.of(web.getAddress().getPort()));
    server =
        ImageServer.start(
            any,
            new ImageApi(service, tokens, ApiOptions.usual().downloads(downloads).log(log::add)));
    admin = new ApiClient(server.uri(), "t0");
    member = new ApiClient(server.uri(), "t1");
    other = new ApiClient(server.uri(), "t2");
  }

  @AfterEach
  void end() throws IOException {
    gate.countDown();
    admin.close();
    member.close();
    other.close();
    server.close();
    service.close();
    web.stop(0);
  }

  private static JsonElement json(String text) {
    return JsonParser.parseString(text.replace('\'', '"'));
  }

  private String create(String format) throws IOException {
    Answer created =
        member.post(
            "/v2/images",
            json("{'name': 'n', 'disk_format': '" + format + "', 'container_format': 'bare'}"));
    assertEquals("glance-direct,web-download", created.header("OpenStack-image-import-methods"));
    return created.json().get("id").getAsString();
  }

  private Answer fetch(String id, String path) throws IOException {
    String uri = "http://127.0.0.1:" + web.getAddress().getPort() + path;
    return fetchFrom(id, uri);
  }

  private Answer fetchFrom(String id, String uri) throws IOException {
    return member.post(
        "/v2/images/" + id + "/import",
        json("{'method': {'name': 'web-download', 'uri': '" + uri + "'}}"));
  }

  private JsonObject once(String id, String status) throws IOException {
    while (true) {
      JsonObject image = member.get("/v2/images/" + id).json();
      if (!image.get("status").getAsString().equals("importing")) {
        assertEquals(status, image.get("status").getAsString());
        return image;
      }
      Thread.onSpinWait();
    }
  }

  private JsonObject onlyTask(String id) throws IOException {
    JsonArray tasks = member.get("/v2/images/" + id + "/tasks").json().getAsJsonArray("tasks");
    assertEquals(1, tasks.size());
    return tasks.get(0).getAsJsonObject();
  }

  @Test
  void anImageIsFetchedFromTheWeb() throws IOException {
    String id = create("raw");
    assertEquals(202, fetch(id, "/good.raw").status());
    JsonObject image = once(id, "active");
    assertEquals(700_000, image.get("size").getAsLong());
    assertFalse(image.has("os_glance_import_task"));
    assertArrayEquals(DATA, member.get("/v2/images/" + id + "/file").body());
    assertEquals("success", onlyTask(id).get("status").getAsString());
    assertEquals(409, fetch(id, "/good.raw").status());
  }

  @Test
  void bytesAreCountedThatWent() throws IOException {
    String id = create("raw");
    assertEquals(202, fetch(id, "/good.raw").status());
    JsonObject _ = once(id, "active");
    String file = "/v2/images/" + id + "/file";
    assertEquals(200, member.send("HEAD", file, BodyPublishers.noBody()).status());
    int derived = member.get(file + "?format=qcow2").body().length;
    assertTrue(derived > 700_000);
    String text = admin.get("/metrics").text();
    assertTrue(text.contains("diskformat_image_bytes_sent_total " + derived + "\n"), text);
  }

  /** An image that everybody sees; who imported it, and from where, is its owner's business. */
  @Test
  void tasksOfAnImageAreItsOwners() throws IOException {
    String id = create("raw");
    assertEquals(202, fetch(id, "/good.raw").status());
    JsonObject _ = once(id, "active");
    JsonArray change = new JsonArray();
    change.add(json("{'op': 'replace', 'path': '/visibility', 'value': 'public'}"));
    assertEquals(200, admin.patch(id, change).status());
    String tasks = "/v2/images/" + id + "/tasks";
    assertEquals(200, other.get("/v2/images/" + id).status());
    assertEquals(0, other.get(tasks).json().getAsJsonArray("tasks").size());
    assertEquals(1, member.get(tasks).json().getAsJsonArray("tasks").size());
    assertEquals(1, admin.get(tasks).json().getAsJsonArray("tasks").size());
  }

  @Test
  void whatIsNotTheFormatOrNotThereIsToldByTheTask() throws IOException {
    String id = create("qcow2");
    assertEquals(202, fetch(id, "/good.raw").status());
    assertTrue(once(id, "queued").get("size").isJsonNull());
    JsonObject task = onlyTask(id);
    assertEquals("failure", task.get("status").getAsString());
    assertTrue(task.get("message").getAsString().contains("at offset 0"), task.toString());
    String missing = create("raw");
    assertEquals(202, fetch(missing, "/nothing").status());
    var _ = once(missing, "queued");
    assertTrue(onlyTask(missing).get("message").getAsString().contains("404"));
    try (Stream<Path> files = Files.walk(directory.resolve("blobs"))) {
      assertEquals(0, files.filter(Files::isRegularFile).count());
    }
    // And it can be tried again.
    assertEquals(202, fetch(missing, "/good.raw").status());
    var _ = once(missing, "active");
  }

  @Test
  void whatMayNotBeFetchedIsRefusedAtOnce() throws IOException {
    String id = create("raw");
    for (String uri :
        List.of("http://localhost/", "file:///etc/passwd", "http://169.254.169.254/", "x", "")) {
      Answer answer = fetchFrom(id, uri);
      assertEquals(400, answer.status(), answer.text());
    }
    assertEquals(
        0, member.get("/v2/images/" + id + "/tasks").json().getAsJsonArray("tasks").size());
    assertEquals(
        404,
        other
            .post(
                "/v2/images/" + id + "/import",
                json(
                    "{'method': {'name':"
                        + " 'web-download', 'uri': 'http://127.0.0.1:"
                        + web.getAddress().getPort()
                        + "/good.raw'}}"))
            .status());
  }

  @Test
  void anImportGoesOnUntilTheImageIsDeletedOrTheServiceStopped() throws IOException {
    String id = create("raw");
    assertEquals(202, fetch(id, "/slow.raw").status());
    JsonObject image = member.get("/v2/images/" + id).json();
    assertEquals("importing", image.get("status").getAsString());
    assertEquals(onlyTask(id).get("id"), image.get("os_glance_import_task"));
    assertEquals("processing", onlyTask(id).get("status").getAsString());
    assertEquals(409, member.upload(id, DATA).status());
    String gone = create("raw");
    assertEquals(202, fetch(gone, "/slow.raw").status());
    assertEquals(204, member.delete("/v2/images/" + gone).status());
    service.close();
    service = LocalImageService.open(directory, ServiceLimits.usual());
    Caller caller = Caller.member("u1", "p1");
    assertEquals("queued", service.get(caller, id).status().text());
    assertEquals("failure", service.get(caller, id).tasks().getFirst().status().text());
    try (Stream<Path> files = Files.walk(directory.resolve("incoming"))) {
      assertEquals(0, files.filter(Files::isRegularFile).count());
    }
  }

  @Test
  void tasksOfAllImages() throws IOException {
    String first = create("raw");
    String second = create("qcow2");
    assertEquals(202, fetch(first, "/good.raw").status());
    assertEquals(202, fetch(second, "/good.raw").status());
    var _ = once(first, "active");
    var _ = once(second, "queued");
    JsonObject list = member.get("/v2/tasks?limit=20&sort_key=status&sort_dir=desc").json();
    JsonArray tasks = list.getAsJsonArray("tasks");
    assertEquals(2, tasks.size());
    assertEquals("success", tasks.get(0).getAsJsonObject().get("status").getAsString());
    assertEquals("failure", tasks.get(1).getAsJsonObject().get("status").getAsString());
    JsonObject page = member.get("/v2/tasks?limit=1&sort_key=created_at&sort_dir=asc").json();
    JsonObject rest = member.get(page.get("next").getAsString()).json();
    assertFalse(rest.has("next"));
    assertFalse(rest.getAsJsonArray("tasks").equals(page.getAsJsonArray("tasks")));
    assertEquals(1, member.get("/v2/tasks?status=failure").json().getAsJsonArray("tasks").size());
    assertEquals(0, other.get("/v2/tasks").json().getAsJsonArray("tasks").size());
    assertEquals(2, admin.get("/v2/tasks").json().getAsJsonArray("tasks").size());
    String id = tasks.get(0).getAsJsonObject().get("id").getAsString();
    JsonObject task = member.get("/v2/tasks/" + id).json();
    assertEquals(first, task.getAsJsonObject("result").get("image_id").getAsString());
    assertEquals(
        "web-download",
        task.getAsJsonObject("input")
            .getAsJsonObject("import_req")
            .getAsJsonObject("method")
            .get("name")
            .getAsString());
    assertEquals(404, other.get("/v2/tasks/" + id).status());
    assertEquals(404, member.get("/v2/tasks/x").status());
    assertEquals(403, member.post("/v2/tasks", json("{}")).status());
    for (String query : List.of("limit=x", "limit=-1", "sort_key=x", "sort_dir=x", "marker=x")) {
      assertEquals(400, member.get("/v2/tasks?" + query).status(), query);
    }
  }

  @Test
  void thereIsNoCacheToManage() throws IOException {
    String id = create("raw");
    assertEquals(json("{'cached_images': [], 'queued_images': []}"), admin.get("/v2/cache").json());
    assertEquals(202, admin.put("/v2/cache/" + id, new byte[0]).status());
    JsonArray cached = admin.get("/v2/cache").json().getAsJsonArray("cached_images");
    assertEquals(1, cached.size());
    assertEquals(id, cached.get(0).getAsJsonObject().get("image_id").getAsString());
    assertEquals(404, admin.put("/v2/cache/x", new byte[0]).status());
    assertEquals(204, admin.delete("/v2/cache/" + id).status());
    assertEquals(json("{'cached_images': [], 'queued_images': []}"), admin.get("/v2/cache").json());
    assertEquals(204, admin.delete("/v2/cache").status());
    assertEquals(403, member.get("/v2/cache").status());
    assertEquals(json("{'usage': {}}"), member.get("/v2/info/usage").json());
    assertEquals(404, member.get("/v2/info/stores").status());
  }

  @Test
  void requestsAreLoggedAndCounted() throws IOException {
    String id = create("raw");
    assertEquals(204, member.upload(id, DATA).status());
    Answer refused =
        other.send(
            "GET",
            "/v2/images/" + id,
            BodyPublishers.noBody(),
            "X-Openstack-Request-Id",
            "req-mine");
    assertEquals(404, refused.status());
    assertEquals(200, member.get("/v2/images/" + id + "/file").status());
    // The record of a request follows its answer.
    while (log.size() < 4) {
      Thread.onSpinWait();
    }
    RequestRecord record =
        log.stream().filter(each -> each.status() == 404).findFirst().orElseThrow();
    assertEquals(refused.header("X-Openstack-Request-Id"), record.id());
    assertEquals("req-mine", record.clientId());
    assertEquals("u2", record.user());
    JsonObject line = JsonParser.parseString(record.toJson()).getAsJsonObject();
    assertEquals("/v2/images/" + id, line.get("path").getAsString());
    assertTrue(line.get("reason").getAsString().contains(id));
    String text = admin.get("/metrics").text();
    for (String expected :
        List.of(
            "diskformat_requests_total{method=\"GET\",status=\"404\"} 1\n",
            "diskformat_requests_total{method=\"PUT\",status=\"204\"} 1\n",
            "diskformat_request_seconds_count 4\n",
            "diskformat_requests_running 1\n",
            "diskformat_image_bytes_received_total 700000\n",
            "diskformat_image_bytes_sent_total 700000\n",
            "diskformat_images{status=\"active\"} 1\n",
            "diskformat_upkeep_failures_total 0\n",
            "# TYPE diskformat_request_seconds histogram\n")) {
      assertTrue(text.contains(expected), expected + " is not in\n" + text);
    }
    assertEquals(200, admin.get("/healthcheck").status());
  }
}
