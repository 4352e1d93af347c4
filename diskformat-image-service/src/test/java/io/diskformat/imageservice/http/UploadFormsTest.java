package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.QuickDirectory;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.download.WebDownloads;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.http.ApiClient.Answer;
import io.diskformat.imageservice.identity.StaticTokens;
import io.diskformat.transfer.Conversion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * In which form data comes and what its digest is to be can be said of each way in which it comes:
 * of uploads, of those that are resumed, of what is staged, and of imports from the web; and as
 * properties, by clients that have no other way.
 */
final class UploadFormsTest {
  private static final int SIZE = 1 << 20;

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  @TempDir private Path scratch;
  private byte[] disk;
  private byte[] sent;
  private HttpServer web;
  private ImageService service;
  private ImageServer server;
  private ApiClient client;

  @BeforeEach
  void begin() throws IOException {
    disk = new byte[SIZE];
    new Random(3).nextBytes(disk);
    disk[510] = 0;
    Arrays.fill(disk, 500_000, 700_000, (byte) 0);
    sent = compressedQcow2();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    web = HttpServer.create(any, 50);
    var _ =
        web.createContext(
            "/disk",
            exchange -> {
              exchange.sendResponseHeaders(200, sent.length);
              exchange.getResponseBody().write(sent);
              exchange.close();
            });
    web.start();
    service = LocalImageService.open(directory, ServiceLimits.usual().hashingContent());
    WebDownloads downloads =
        WebDownloads.usual()
            .allowHosts(Set.of("127.0.0.1"))
            .allowPorts(Set.of(web.getAddress().getPort()));
    server =
        ImageServer.start(
            any,
            new ImageApi(
                service,
                new StaticTokens(
                    Map.of("t", Caller.member("u", "p"), "t2", Caller.member("u2", "p2"))),
                ApiOptions.usual().downloads(downloads)));
    client = new ApiClient(server.uri(), "t");
  }

  @AfterEach
  void end() throws IOException {
    client.close();
    server.close();
    service.close();
    web.stop(0);
  }

  private byte[] compressedQcow2() throws IOException {
    Path raw = Files.write(scratch.resolve("disk"), disk);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DiskImage source = DiskImages.open(raw, OpenOptions.readOnly().format("raw"));
        GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      Conversion.from(source).to(Channels.newChannel(gzip), CreateOptions.format("qcow2")).run();
    }
    return bytes.toByteArray();
  }

  private static JsonElement json(String text) {
    return JsonParser.parseString(text.replace('\'', '"'));
  }

  private String created(String more) throws IOException {
    Answer created =
        client.post(
            "/v2/images", json("{'disk_format': 'raw', 'container_format': 'bare'" + more + "}"));
    assertEquals(201, created.status(), created.text());
    return created.json().get("id").getAsString();
  }

  private static byte[] sha256(byte[] bytes) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  private static String header(byte[] bytes) throws GeneralSecurityException {
    return "sha-256=:" + Base64.getEncoder().encodeToString(sha256(bytes)) + ":";
  }

  private JsonObject image(String id) throws IOException {
    return client.get("/v2/images/" + id).json();
  }

  private void assertStored(String id) throws IOException {
    assertEquals("active", image(id).get("status").getAsString(), image(id).toString());
    assertArrayEquals(disk, client.get("/v2/images/" + id + "/file").body());
    // A snapshot of a server gets the properties of its image, and comes in a form of its own.
    assertEquals(
        List.of("os_diskformat_content_hash"),
        image(id).keySet().stream().filter(name -> name.startsWith("os_diskformat_")).toList());
    assertEquals(204, client.delete("/v2/images/" + id).status());
    assertNothingIsLeft();
  }

  private void assertQueued(String id) throws IOException {
    assertEquals("queued", image(id).get("status").getAsString());
    assertNothingIsLeft();
  }

  private void assertNothingIsLeft() throws IOException {
    try (Stream<Path> all = Files.walk(directory.resolve("blobs"))) {
      assertEquals(0, all.filter(Files::isRegularFile).count());
    }
  }

  private Answer put(String path, String digest) throws IOException {
    return client.put(
        "/v2/images/" + path,
        sent,
        "Content-Type",
        "application/octet-stream",
        "Repr-Digest",
        digest);
  }

  private Answer imports(String id, String method) throws IOException {
    return client.post("/v2/images/" + id + "/import", json("{'method': {" + method + "}}"));
  }

  private String awaited(String id) throws IOException, InterruptedException {
    while (true) {
      JsonObject task =
          client
              .get("/v2/images/" + id + "/tasks")
              .json()
              .getAsJsonArray("tasks")
              .get(0)
              .getAsJsonObject();
      if (!task.get("status").getAsString().equals("processing")) {
        return task.get("message").getAsString();
      }
      Thread.sleep(1);
    }
  }

  @Test
  void ofWhatIsStaged() throws Exception {
    String id = created("");
    Answer refused = put(id + "/stage?from=qcow2&gzip", header(disk));
    assertEquals(400, refused.status());
    assertTrue(refused.text().contains("The SHA-256 of the data is "), refused.text());
    assertQueued(id);
    assertEquals(204, put(id + "/stage?from=qcow2&gzip", header(sent)).status());
    assertEquals("uploading", image(id).get("status").getAsString());
    assertEquals(SIZE, image(id).get("size").getAsLong());
    assertEquals(400, imports(id, "'name': 'glance-direct', 'gzip': true").status());
    assertEquals(202, imports(id, "'name': 'glance-direct'").status());
    assertStored(id);
  }

  @Test
  void ofImportsFromTheWeb() throws Exception {
    String uri =
        "'name': 'web-download', 'uri': 'http://127.0.0.1:"
            + web.getAddress().getPort()
            + "/disk', 'from': 'qcow2', 'gzip': true, 'digest': '";
    String wrong = created("");
    assertEquals(202, imports(wrong, uri + header(disk) + "'").status());
    String message = awaited(wrong);
    assertTrue(message.contains("The SHA-256 of the data is "), message);
    assertQueued(wrong);
    assertEquals(400, imports(wrong, uri + "sha-256=AAAA'").status());
    assertEquals(400, imports(wrong, uri.replace("true", "1") + header(sent) + "'").status());
    String id = created("");
    assertEquals(202, imports(id, uri + header(sent) + "'").status());
    String done = awaited(id);
    assertEquals("Copied " + SIZE + " bytes", done);
    assertStored(id);
  }

  private Answer part(String method, String id, int from, int to, String... headers)
      throws IOException {
    String[] all = Arrays.copyOf(headers, headers.length + 6);
    all[headers.length] = "Upload-Complete";
    all[headers.length + 1] = to == sent.length ? "?1" : "?0";
    all[headers.length + 2] = "Content-Type";
    all[headers.length + 3] = "application/partial-upload";
    all[headers.length + 4] = "Upload-Offset";
    all[headers.length + 5] = String.valueOf(from);
    return client.send(
        method,
        "/v2/images/" + id,
        BodyPublishers.ofByteArray(Arrays.copyOfRange(sent, from, to)),
        all);
  }

  @Test
  void ofUploadsThatAreResumed() throws Exception {
    int third = sent.length / 3;
    String id = created("");
    String begin = id + "/upload?from=qcow2&gzip";
    String upload = id + "/upload";
    assertEquals(201, part("POST", begin, 0, third, "Repr-Digest", header(disk)).status());
    assertEquals(204, part("PATCH", upload, third, 2 * third).status());
    Answer refused = part("PATCH", upload, 2 * third, sent.length);
    assertEquals(400, refused.status());
    assertTrue(refused.text().contains("The SHA-256 of the data is "), refused.text());
    assertQueued(id);
    // The record keeps it while the service is not there.
    assertEquals(201, part("POST", begin, 0, third, "Repr-Digest", header(sent)).status());
    end();
    begin();
    assertEquals(204, part("PATCH", upload, third, 2 * third).status());
    assertEquals(204, part("PATCH", upload, 2 * third, sent.length).status());
    assertStored(id);
    String other = created("");
    assertEquals(400, part("POST", other + "/upload?from=nothing", 0, third).status());
    assertEquals(404, client.get("/v2/images/" + other + "/upload").status());
  }

  /** Of one part the digest can be said, too; what is refused of an upload ends it. */
  @Test
  void ofPartsOfUploads() throws Exception {
    int half = sent.length / 2;
    byte[] first = Arrays.copyOf(sent, half);
    String id = created("");
    String begin = id + "/upload?from=qcow2&gzip";
    assertEquals(400, part("POST", begin, 0, half, "Content-Digest", header(sent)).status());
    assertQueued(id);
    assertEquals(201, part("POST", begin, 0, half, "Content-Digest", header(first)).status());
    Answer rest = part("PATCH", id + "/upload", half, sent.length, "Content-Digest", header(first));
    assertEquals(400, rest.status());
    assertQueued(id);
  }

  @Test
  void ofPropertiesForClientsThatHaveNoOtherWay() throws Exception {
    String form = ", 'os_diskformat_from': 'qcow2', 'os_diskformat_gzip': 'true'";
    String digest = ", 'os_diskformat_digest': 'sha256:";
    String right = form + digest + HexFormat.of().formatHex(sha256(sent)) + "'";
    String wrong = form + digest + HexFormat.of().formatHex(sha256(disk)) + "'";
    String refused = created(wrong);
    assertEquals(400, client.upload(refused, sent).status());
    assertQueued(refused);
    assertEquals("qcow2", image(refused).get("os_diskformat_from").getAsString());
    for (String senseless :
        new String[] {
          form + digest + "00'",
          digest + "'",
          ", 'os_diskformat_gzip': 'yes'",
          ", 'os_diskformat_from': 'nothing'"
        }) {
      String id = created(senseless);
      assertEquals(400, client.upload(id, sent).status(), senseless);
      assertQueued(id);
    }
    String uploaded = created(right);
    assertEquals(204, client.upload(uploaded, sent).status());
    assertStored(uploaded);
    String staged = created(right);
    assertEquals(
        204,
        client
            .put(
                "/v2/images/" + staged + "/stage", sent, "Content-Type", "application/octet-stream")
            .status());
    assertEquals(202, imports(staged, "'name': 'glance-direct'").status());
    assertStored(staged);
    String fetched = created(right);
    String uri = "'http://127.0.0.1:" + web.getAddress().getPort() + "/disk'";
    assertEquals(202, imports(fetched, "'name': 'web-download', 'uri': " + uri).status());
    assertEquals("Copied " + SIZE + " bytes", awaited(fetched));
    assertStored(fetched);
    String resumed = created(right);
    assertEquals(201, part("POST", resumed + "/upload", 0, 1000).status());
    assertEquals(204, part("PATCH", resumed + "/upload", 1000, sent.length).status());
    assertStored(resumed);
    // What a request says itself counts.
    String said = created(wrong);
    assertEquals(204, put(said + "/file", header(sent)).status());
    assertStored(said);
  }

  @Test
  void theManifestCanBeHad() throws Exception {
    String id = created("");
    assertEquals(404, client.get("/v2/images/" + id + "/manifest").status());
    assertEquals(204, put(id + "/file?from=qcow2&gzip", header(sent)).status());
    Answer manifest = client.get("/v2/images/" + id + "/manifest");
    assertEquals(200, manifest.status());
    assertTrue(
        manifest.text().startsWith("{\"kind\":\"diskformat-manifest\",\"version\":1,"),
        manifest.text());
    byte[] body = manifest.body();
    assertEquals(
        image(id).get("os_diskformat_content_hash").getAsString(),
        HexFormat.of().formatHex(body, body.length - 32, body.length));
    Answer head = client.send("HEAD", "/v2/images/" + id + "/manifest", BodyPublishers.noBody());
    assertEquals(200, head.status());
    assertEquals(String.valueOf(body.length), head.header("Content-Length"));
    assertEquals(405, client.delete("/v2/images/" + id + "/manifest").status());
    try (ApiClient other = new ApiClient(server.uri(), "t2")) {
      assertEquals(404, other.get("/v2/images/" + id + "/manifest").status());
    }
  }
}
