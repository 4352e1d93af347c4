package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.http.ApiClient.Answer;
import io.diskformat.imageservice.identity.StaticTokens;
import io.diskformat.imageservice.jetty.JettyImageServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads that are resumed, by the protocol of the IETF's draft. */
final class UploadApiTest {
  private static final byte[] DATA = new byte[700_000];

  @TempDir private Path directory;
  private final List<RequestRecord> log = new CopyOnWriteArrayList<>();
  private ImageService service;
  private ImageServer plain;
  private JettyImageServer jetty;
  private ApiClient client;

  static {
    new Random(5).nextBytes(DATA);
    DATA[510] = 0;
  }

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory, ServiceLimits.usual());
    StaticTokens tokens = new StaticTokens(Map.of("t1", Caller.member("u1", "p1")));
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    ImageApi api = new ImageApi(service, tokens, ApiOptions.usual().log(log::add));
    plain = ImageServer.start(any, api);
    jetty = JettyImageServer.start(any, api, ServerOptions.usual());
    client = new ApiClient(plain.uri(), "t1");
  }

  @AfterEach
  void end() throws IOException {
    client.close();
    plain.close();
    jetty.close();
    service.close();
  }

  private String created() throws IOException {
    JsonObject image =
        JsonParser.parseString("{\"disk_format\":\"raw\",\"container_format\":\"bare\"}")
            .getAsJsonObject();
    return client.post("/v2/images", image).json().get("id").getAsString();
  }

  private static String path(String id) {
    return "/v2/images/" + id + "/upload";
  }

  private Answer begin(String id, byte[] body, String... headers) throws IOException {
    return client.send("POST", path(id), BodyPublishers.ofByteArray(body), headers);
  }

  private Answer patch(String id, long offset, byte[] body, String complete) throws IOException {
    return client.send(
        "PATCH",
        path(id),
        BodyPublishers.ofByteArray(body),
        "Content-Type",
        "application/partial-upload",
        "Upload-Offset",
        String.valueOf(offset),
        "Upload-Complete",
        complete);
  }

  private Answer head(String id) throws IOException {
    return client.send("HEAD", path(id), BodyPublishers.noBody());
  }

  private void verify(String id) throws IOException {
    assertEquals("active", client.get("/v2/images/" + id).json().get("status").getAsString());
    assertArrayEquals(DATA, client.get("/v2/images/" + id + "/file").body());
    assertEquals(404, head(id).status());
  }

  @Test
  void anUploadIsBegunResumedAndCompleted() throws IOException {
    String id = created();
    assertEquals(404, head(id).status());
    Answer begun =
        begin(id, new byte[0], "Upload-Complete", "?0", "Upload-Length", "" + DATA.length);
    assertEquals(201, begun.status());
    assertEquals(path(id), begun.header("Location"));
    assertEquals("0", begun.header("Upload-Offset"));
    assertEquals("?0", begun.header("Upload-Complete"));
    assertTrue(begun.header("Upload-Limit").matches("max-age=86[0-9]{3}"));
    Answer first = patch(id, 0, Arrays.copyOf(DATA, 300_000), "?0");
    assertEquals(204, first.status());
    assertEquals("300000", first.header("Upload-Offset"));
    Answer asked = head(id);
    assertEquals(204, asked.status());
    assertEquals("300000", asked.header("Upload-Offset"));
    assertEquals("?0", asked.header("Upload-Complete"));
    assertEquals("" + DATA.length, asked.header("Upload-Length"));
    assertEquals("no-store", asked.header("Cache-Control"));
    Answer wrong = patch(id, 5, new byte[10], "?0");
    assertEquals(409, wrong.status());
    assertEquals("300000", wrong.header("Upload-Offset"));
    Answer last = patch(id, 300_000, Arrays.copyOfRange(DATA, 300_000, DATA.length), "?1");
    assertEquals(204, last.status());
    assertEquals("?1", last.header("Upload-Complete"));
    verify(id);
  }

  @Test
  void itMayBeginWithData() throws IOException {
    String id = created();
    Answer begun = begin(id, Arrays.copyOf(DATA, 1000), "Upload-Complete", "?0");
    assertEquals(201, begun.status());
    assertEquals("1000", begun.header("Upload-Offset"));
    assertEquals(204, patch(id, 1000, Arrays.copyOfRange(DATA, 1000, DATA.length), "?1").status());
    verify(id);
    String other = created();
    Answer all = begin(other, DATA, "Upload-Complete", "?1");
    assertEquals(201, all.status());
    assertEquals("?1", all.header("Upload-Complete"));
    verify(other);
  }

  private static boolean isPatch(RequestRecord request, String id) {
    return request.method().equals("PATCH") && request.path().equals(path(id));
  }

  @Test
  void itMayBeForgotten() throws IOException {
    String id = created();
    var _ = begin(id, Arrays.copyOf(DATA, 1000), "Upload-Complete", "?0");
    assertEquals(204, client.delete(path(id)).status());
    assertEquals(404, head(id).status());
    assertEquals(404, patch(id, 0, DATA, "?1").status());
    assertEquals("queued", client.get("/v2/images/" + id).json().get("status").getAsString());
  }

  @Test
  void whatMakesNoSenseIsRefused() throws IOException {
    String id = created();
    assertEquals(400, begin(id, DATA).status());
    assertEquals(400, begin(id, DATA, "Upload-Complete", "yes").status());
    assertEquals(400, begin(id, DATA, "Upload-Complete", "?0", "Upload-Length", "many").status());
    assertEquals(404, head(id).status());
    var _ = begin(id, new byte[0], "Upload-Complete", "?0");
    assertEquals(
        415,
        client
            .send("PATCH", path(id), BodyPublishers.ofByteArray(DATA), "Upload-Offset", "0")
            .status());
    assertEquals(
        400,
        client
            .send(
                "PATCH",
                path(id),
                BodyPublishers.ofByteArray(DATA),
                "Content-Type",
                "application/partial-upload",
                "Upload-Complete",
                "?0")
            .status());
    assertEquals(405, client.put(path(id), DATA).status());
    assertEquals("0", head(id).header("Upload-Offset"));
    assertEquals(404, begin("no-id", DATA, "Upload-Complete", "?1").status());
  }

  /** A client that is gone in the middle of a body, which said how long that is, or did not. */
  @Test
  void whatCameBeforeTheConnectionWasLostIsKept() throws IOException, InterruptedException {
    for (URI server : new URI[] {plain.uri(), jetty.uri()}) {
      for (boolean chunked : new boolean[] {false, true}) {
        String id = created();
        var _ = begin(id, new byte[0], "Upload-Complete", "?0");
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
          OutputStream out = socket.getOutputStream();
          out.write(
              ("PATCH "
                      + path(id)
                      + " HTTP/1.1\r\nHost: x\r\nX-Auth-Token: t1\r\n"
                      + "Content-Type: application/partial-upload\r\n"
                      + "Upload-Offset: 0\r\nUpload-Complete: ?1\r\n"
                      + (chunked
                          ? "Transfer-Encoding: chunked\r\n\r\n493e0\r\n"
                          : "Content-Length: " + DATA.length + "\r\n\r\n"))
                  .getBytes(StandardCharsets.US_ASCII));
          out.write(DATA, 0, 300_000);
          out.flush();
        }
        // It may have come to nothing, but has ended.
        while (log.stream().noneMatch(request -> isPatch(request, id))) {
          Thread.sleep(5);
        }
        long offset = Long.parseLong(head(id).header("Upload-Offset"));
        assertTrue(offset <= 300_000, "offset: " + offset);
        Answer rest = patch(id, offset, Arrays.copyOfRange(DATA, (int) offset, DATA.length), "?1");
        assertEquals(204, rest.status(), rest.text());
        verify(id);
      }
    }
  }
}
