package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.diskformat.imageservice.BlobStores;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.imageservice.http.ApiClient.Answer;
import io.diskformat.imageservice.identity.StaticTokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several stores, as clients know them. */
final class StoresApiTest {
  private static final byte[] DATA = new byte[300_000];

  @TempDir private Path directory;
  private ImageService service;
  private ImageServer server;
  private ApiClient admin;
  private ApiClient member;

  static {
    new Random(5).nextBytes(DATA);
    DATA[510] = 0;
  }

  @BeforeEach
  void begin() throws IOException {
    open(
        BlobStores.of("fast", FileBlobStore.open(directory.resolve("fast")), "Quick disks")
            .with("cold", FileBlobStore.open(directory.resolve("cold")), ""));
  }

  private void open(BlobStores stores) throws IOException {
    service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")), stores, ServiceLimits.usual());
    StaticTokens tokens =
        new StaticTokens(Map.of("t0", Caller.admin("u0", "p0"), "t1", Caller.member("u1", "p1")));
    server =
        ImageServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new ImageApi(service, tokens));
    admin = new ApiClient(server.uri(), "t0");
    member = new ApiClient(server.uri(), "t1");
  }

  @AfterEach
  void end() throws IOException {
    admin.close();
    member.close();
    server.close();
    service.close();
  }

  private static JsonObject json(String text) {
    return JsonParser.parseString(text.replace('\'', '"')).getAsJsonObject();
  }

  private Answer created() throws IOException {
    return member.post("/v2/images", json("{'disk_format':'raw','container_format':'bare'}"));
  }

  private String uploaded(String... headers) throws IOException {
    String id = created().json().get("id").getAsString();
    String[] all = new String[headers.length + 2];
    all[0] = "Content-Type";
    all[1] = "application/octet-stream";
    System.arraycopy(headers, 0, all, 2, headers.length);
    Answer answer = member.put("/v2/images/" + id + "/file", DATA, all);
    assertEquals(204, answer.status(), answer.text());
    return id;
  }

  private JsonObject image(String id) throws IOException {
    return member.get("/v2/images/" + id).json();
  }

  private String stores(String id) throws IOException {
    return image(id).get("stores").getAsString();
  }

  private Answer copied(String id, String more) throws IOException {
    return member.post(
        "/v2/images/" + id + "/import", json("{'method':{'name':'copy-image'}" + more + "}"));
  }

  private void await(String id) throws IOException, InterruptedException {
    while (!image(id).get("os_glance_importing_to_stores").getAsString().isEmpty()) {
      Thread.sleep(2);
    }
  }

  @Test
  void storesAreListed() throws IOException {
    assertEquals(
        json(
            "{'stores':[{'id':'fast','description':'Quick disks','default':'true'},"
                + "{'id':'cold'}]}"),
        member.get("/v2/info/stores").json());
    assertEquals(403, member.get("/v2/info/stores/detail").status());
    JsonObject first =
        admin
            .get("/v2/info/stores/detail")
            .json()
            .getAsJsonArray("stores")
            .get(0)
            .getAsJsonObject();
    assertEquals("file", first.get("type").getAsString());
    JsonObject properties = new JsonObject();
    properties.addProperty("chunk_size", 64 << 10);
    properties.addProperty("data_dir", directory.resolve("fast").toString());
    properties.addProperty("thin_provisioning", true);
    assertEquals(properties, first.get("properties"));
    assertEquals("fast,cold", created().header("OpenStack-image-store-ids"));
    assertTrue(member.get("/v2/info/import").text().contains("\"copy-image\""));
  }

  @Test
  void clientsKnowNothingOfOneStore() throws IOException {
    end();
    open(BlobStores.of(FileBlobStore.open(directory.resolve("fast"))));
    assertEquals(404, member.get("/v2/info/stores").status());
    assertEquals(404, admin.get("/v2/info/stores/detail").status());
    assertEquals("", created().header("OpenStack-image-store-ids"));
    assertFalse(member.get("/v2/info/import").text().contains("copy-image"));
    String id = uploaded("X-Image-Meta-Store", "any");
    assertFalse(image(id).has("stores"));
    assertEquals(404, admin.delete("/v2/stores/default/" + id).status());
    assertEquals(400, copied(id, "").status());
  }

  @Test
  void anUploadSaysItsStore() throws IOException {
    String id = uploaded("X-Image-Meta-Store", "cold");
    assertEquals("cold", stores(id));
    assertEquals("fast", stores(uploaded()));
    String queued = created().json().get("id").getAsString();
    assertFalse(image(queued).has("stores"));
    Answer unknown =
        member.put(
            "/v2/images/" + queued + "/file",
            DATA,
            "Content-Type",
            "application/octet-stream",
            "X-Image-Meta-Store",
            "none");
    assertEquals(400, unknown.status());
  }

  @Test
  void anImageIsCopiedAndDeletedFromAStore() throws IOException, InterruptedException {
    String id = uploaded();
    Answer begun = copied(id, ",'stores':['cold']");
    assertEquals(202, begun.status(), begun.text());
    await(id);
    JsonObject image = image(id);
    assertEquals("cold,fast", image.get("stores").getAsString());
    assertEquals("", image.get("os_glance_failed_import").getAsString());
    assertEquals("active", image.get("status").getAsString());
    JsonObject task =
        member
            .get("/v2/images/" + id + "/tasks")
            .json()
            .getAsJsonArray("tasks")
            .get(0)
            .getAsJsonObject();
    assertEquals("success", task.get("status").getAsString());
    assertEquals(400, copied(id, ",'stores':['cold']").status());
    assertEquals(400, copied(id, "").status());
    assertEquals(202, copied(id, ",'all_stores':true").status());
    assertEquals(403, member.delete("/v2/stores/fast/" + id).status());
    assertEquals(409, admin.delete("/v2/stores/none/" + id).status());
    assertEquals(204, admin.delete("/v2/stores/fast/" + id).status());
    assertEquals(404, admin.delete("/v2/stores/fast/" + id).status());
    assertEquals(403, admin.delete("/v2/stores/cold/" + id).status());
    assertEquals(
        405, admin.send("POST", "/v2/stores/cold/" + id, BodyPublishers.noBody()).status());
    assertEquals(404, admin.delete("/v2/stores/cold").status());
    assertEquals("cold", stores(id));
    assertArrayEquals(DATA, member.get("/v2/images/" + id + "/file?prefer=fast").body());
  }

  @Test
  void stagedDataIsImportedToAllStores() throws IOException, InterruptedException {
    String id = created().json().get("id").getAsString();
    assertEquals(
        204,
        member
            .put("/v2/images/" + id + "/stage", DATA, "Content-Type", "application/octet-stream")
            .status());
    Answer begun =
        member.post(
            "/v2/images/" + id + "/import",
            json("{'method':{'name':'glance-direct'},'all_stores':true}"));
    assertEquals(202, begun.status(), begun.text());
    await(id);
    assertEquals("cold,fast", stores(id));
    assertEquals("active", image(id).get("status").getAsString());
  }

  @Test
  void choicesThatMakeNoSenseAreRefused() throws IOException {
    String id = uploaded();
    assertEquals(409, copied(id, ",'stores':['none']").status());
    assertEquals(400, copied(id, ",'stores':'cold'").status());
    assertEquals(400, copied(id, ",'stores':[1]").status());
    assertEquals(400, copied(id, ",'all_stores':1").status());
    assertEquals(400, copied(id, ",'all_stores_must_succeed':'x'").status());
    assertEquals(400, copied(id, ",'all_stores':true,'stores':['cold']").status());
    String queued = created().json().get("id").getAsString();
    assertEquals(409, copied(queued, ",'stores':['cold']").status());
    assertEquals("fast", stores(id));
  }
}
