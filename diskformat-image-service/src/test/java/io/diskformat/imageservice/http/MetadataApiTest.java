package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.DurableText;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.identity.StaticTokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MetadataApiTest {
  private static final String PATH = "/v2/metadefs/namespaces";

  @TempDir private Path directory;
  private ImageService service;
  private ImageServer server;
  private ApiClient admin;
  private ApiClient member;

  private MetadataDefinitions definitions() throws IOException {
    DurableText text = new DurableText(directory.resolve("d"), "metadefs.json");
    return MetadataDefinitions.open(
        new MetadataDefinitions.Store() {
          @Override
          public @Nullable String load() throws IOException {
            return text.load();
          }

          @Override
          public void keep(String all) throws IOException {
            text.keep(all);
          }
        });
  }

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory.resolve("data"), ServiceLimits.usual());
    StaticTokens tokens =
        new StaticTokens(Map.of("t0", Caller.admin("u0", "p0"), "t1", Caller.member("u1", "p1")));
    server =
        ImageServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new ImageApi(service, tokens, ApiOptions.usual().metadata(definitions())));
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

  private static JsonElement json(String text) {
    return JsonParser.parseString(text.replace('\'', '"'));
  }

  private int put(String path, String body) throws IOException {
    return admin.put(path, json(body).toString().getBytes(StandardCharsets.UTF_8)).status();
  }

  @Test
  void whatIsThereFromTheBeginning() throws IOException {
    JsonObject list = member.get(PATH).json();
    assertEquals(2, list.getAsJsonArray("namespaces").size());
    String os = PATH + "/OS::Software::System";
    assertTrue(member.get(os).json().getAsJsonObject("properties").has("os_distro"));
    JsonObject types = member.get("/v2/metadefs/resource_types").json();
    assertEquals(4, types.getAsJsonArray("resource_types").size());
    assertEquals(403, admin.delete(os).status());
    assertEquals(404, member.get(PATH + "/none").status());
    assertEquals(400, member.get(PATH + "?limit=x").status());
    JsonObject page = member.get(PATH + "?limit=1").json();
    JsonObject rest = member.get(page.get("next").getAsString()).json();
    assertFalse(page.getAsJsonArray("namespaces").equals(rest.getAsJsonArray("namespaces")));
  }

  @Test
  void onlyAdminsChangeThem() throws IOException {
    assertEquals(403, member.post(PATH, json("{'namespace': 'n'}")).status());
    assertEquals(201, admin.post(PATH, json("{'namespace': 'n'}")).status());
    assertEquals(409, admin.post(PATH, json("{'namespace': 'n'}")).status());
    assertEquals(404, member.get(PATH + "/n").status());
    assertEquals(200, put(PATH + "/n", "{'namespace': 'n', 'visibility': 'public'}"));
    assertEquals(200, member.get(PATH + "/n").status());
    assertEquals(400, put(PATH + "/n", "{'namespace': 'n', 'visibility': 'x'}"));
    assertEquals(400, put(PATH + "/n", "{'namespace': 'n', 'protected': 'x'}"));
    assertEquals(200, put(PATH + "/n", "{'namespace': 'm'}"));
    assertEquals(404, admin.get(PATH + "/n").status());
    assertEquals(204, admin.delete(PATH + "/m").status());
    for (String body :
        new String[] {
          "{}", "{'namespace': ''}", "{'namespace': 1}", "[]", "{'namespace': 'a\\r\\nX: y'}"
        }) {
      assertEquals(400, admin.post(PATH, json(body)).status(), body);
    }
  }

  @Test
  void partsOfANamespace() throws IOException {
    assertEquals(201, admin.post(PATH, json("{'namespace': 'n'}")).status());
    String n = PATH + "/n";
    for (String kind : new String[] {"objects", "properties"}) {
      String path = n + "/" + kind;
      assertEquals(201, admin.post(path, json("{'name': 'a', 'title': 'A'}")).status());
      assertEquals(409, admin.post(path, json("{'name': 'a', 'title': 'A'}")).status());
      assertEquals(200, put(path + "/a", "{'name': 'b', 'title': 'B'}"));
      assertEquals("B", admin.get(path + "/b").json().get("title").getAsString());
      assertEquals(404, admin.get(path + "/a").status());
      assertEquals(204, admin.delete(path + "/b").status());
      assertEquals(404, admin.delete(path + "/b").status());
    }
    assertEquals(201, admin.post(n + "/tags", json("{'tags': [{'name': 'x'}]}")).status());
    assertEquals(201, admin.post(n + "/tags/y", null).status());
    assertEquals(
        201,
        admin
            .send(
                "POST",
                n + "/tags",
                BodyPublishers.ofString("{\"tags\": [{\"name\": \"z\"}]}"),
                "X-Openstack-Append",
                "True")
            .status());
    assertEquals(3, admin.get(n + "/tags").json().getAsJsonArray("tags").size());
    assertEquals(201, admin.post(n + "/resource_types", json("{'name': 'T'}")).status());
    assertEquals(
        1, admin.get(PATH + "?resource_types=T").json().getAsJsonArray("namespaces").size());
    assertEquals(204, admin.delete(n + "/resource_types/T").status());
    assertEquals(404, admin.delete(n + "/resource_types/T").status());
    assertEquals(404, admin.get(n + "/nothing").status());
    assertEquals(204, admin.delete(n + "/tags").status());
    assertEquals(0, admin.get(n + "/tags").json().getAsJsonArray("tags").size());
  }

  @Test
  void theyAreKept() throws IOException {
    assertEquals(201, admin.post(PATH, json("{'namespace': 'kept'}")).status());
    assertTrue(definitions().all().has("kept"));
    new DurableText(directory.resolve("d"), "metadefs.json").keep("[");
    assertThrows(IOException.class, this::definitions);
    assertNull(new DurableText(directory, "other").load());
  }

  /** Definitions that two services keep in one place. */
  private static final class SharedStore implements MetadataDefinitions.Store {
    private @Nullable String text;
    private int refused;

    @Override
    public synchronized @Nullable String load() {
      return text;
    }

    @Override
    public void keep(String all) {
      throw new UnsupportedOperationException();
    }

    @Override
    public synchronized boolean replace(@Nullable String before, String all) {
      if (!Objects.equals(before, text)) {
        refused++;
        return false;
      }
      text = all;
      return true;
    }

    @Override
    public boolean isShared() {
      return true;
    }
  }

  private static Response define(MetadataDefinitions definitions, String name) throws IOException {
    return definitions.change(all -> {
      JsonObject namespace = new JsonObject();
      namespace.addProperty("namespace", name);
      all.add(name, namespace);
      return Response.empty(201);
    });
  }

  @Test
  void whatOneServiceDefinesTheOtherHas() throws IOException {
    SharedStore store = new SharedStore();
    MetadataDefinitions one = MetadataDefinitions.open(store);
    MetadataDefinitions other = MetadataDefinitions.open(store);
    int first = one.all().size();
    assertEquals(201, define(one, "A").status());
    assertTrue(other.all().has("A"));
    assertEquals(201, define(other, "B").status());
    // Between what the one reads and what it keeps, the other keeps something.
    boolean[] done = new boolean[1];
    var _ =
        one.change(all -> {
          if (!done[0]) {
            done[0] = true;
            var _ = define(other, "C");
          }
          all.add("D", new JsonObject());
          return Response.empty(201);
        });
    assertEquals(1, store.refused);
    for (MetadataDefinitions each : List.of(one, other, MetadataDefinitions.open(store))) {
      assertEquals(first + 4, each.all().size());
      assertTrue(each.all().keySet().containsAll(Set.of("A", "B", "C", "D")));
    }
  }
}
