package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.http.ApiClient.Answer;
import io.diskformat.imageservice.identity.StaticTokens;
import io.diskformat.imageservice.page.ImagePages;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PagesTest {
  private static final Caller OWNER = Caller.member("u1", "p1");

  @TempDir private Path directory;
  private ImageService service;
  private ImageServer server;
  private ApiClient owner;
  private ApiClient other;

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory.resolve("data"), ServiceLimits.usual());
    StaticTokens tokens = new StaticTokens(Map.of("t1", OWNER, "t2", Caller.member("u2", "p2")));
    server =
        ImageServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new ImageApi(service, tokens, ApiOptions.usual().pages(new ImagePages())));
    owner = new ApiClient(server.uri(), "t1");
    other = new ApiClient(server.uri(), "t2");
  }

  @AfterEach
  void end() throws IOException {
    owner.close();
    other.close();
    server.close();
    service.close();
  }

  private String create() throws IOException {
    ImageAttributes raw =
        ImageAttributes.of("p1").name("disk").diskFormat("raw").containerFormat("bare").build();
    return service.create(OWNER, null, raw).id();
  }

  /** Returns the id of an image of a file system with a directory and a file. */
  private String image() throws IOException {
    Path tree = Files.createDirectories(directory.resolve("tree/etc"));
    Files.writeString(tree.resolve("motd"), "hello");
    Path disk = directory.resolve("disk.raw");
    Oracle.of("mke2fs")
        .run("-q", "-t", "ext4", "-d", directory.resolve("tree"), disk, "8M")
        .orFail();
    String id = create();
    try (InputStream in = Files.newInputStream(disk)) {
      var _ = service.upload(OWNER, id, in, Files.size(disk));
    }
    return id;
  }

  @Test
  void browsersFindAPageAndClientsTheVersions() throws IOException {
    Answer page = owner.get("/", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    assertEquals(200, page.status());
    assertTrue(page.text().contains("<title>Images</title>"));
    assertTrue(page.header("Content-Security-Policy").contains("default-src 'none'"));
    assertEquals(300, owner.get("/", "Accept", "*/*").status());
  }

  @Test
  void whatIsInsideOfAnImage() throws IOException {
    String base = "/pages/images/" + image() + "/";
    Answer map = owner.get(base + "map.svg");
    assertTrue(map.text().startsWith("<svg "), map.text());
    assertTrue(map.header("Content-Type").startsWith("image/svg+xml"));
    JsonObject volume =
        owner.get(base + "contents").json().getAsJsonArray("volumes").get(0).getAsJsonObject();
    assertEquals("ext4", volume.get("type").getAsString());
    String files = base + "files?volume=" + volume.get("name").getAsString();
    JsonObject etc = owner.get(files + "&path=/etc").json();
    assertEquals(1, etc.getAsJsonArray("files").size());
    JsonObject motd = etc.getAsJsonArray("files").get(0).getAsJsonObject();
    assertEquals("motd", motd.get("name").getAsString());
    assertEquals(5, motd.get("size").getAsLong());
    assertEquals("file", motd.get("kind").getAsString());
    assertEquals(404, owner.get(files + "&path=/nothing").status());
    assertEquals(404, owner.get(files + "&path=/etc/motd").status());
    assertEquals(404, owner.get(files + "&path=/etc%00").status());
    assertEquals(415, owner.get(base + "files?volume=x").status());
    assertEquals(404, owner.get(base + "nothing").status());
  }

  @Test
  void onlyOfImagesThatACallerMayRead() throws IOException {
    String id = create();
    assertEquals(404, other.get("/pages/images/" + id + "/map.svg").status());
    assertEquals(409, owner.get("/pages/images/" + id + "/map.svg").status());
    assertEquals(404, owner.get("/pages/images/" + id).status());
    assertEquals(404, owner.get("/pages").status());
    try (ApiClient nobody = new ApiClient(server.uri(), "x")) {
      assertEquals(401, nobody.get("/pages/images/" + id + "/map.svg").status());
    }
  }
}
