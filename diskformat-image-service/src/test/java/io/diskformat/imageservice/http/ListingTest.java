package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.QuickDirectory;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.identity.StaticTokens;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Filters and orders of every kind, compared with what is seen of all images. */
final class ListingTest {
  private static final String[] KEYS = {
    "name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at"
  };

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  private final Random random = new Random(Seeds.of(ListingTest.class, 1));
  private ImageService service;
  private ImageServer server;
  private ApiClient client;
  private List<JsonObject> all;

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory, ServiceLimits.usual());
    server =
        ImageServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new ImageApi(service, new StaticTokens(Map.of("t", Caller.admin("u", "p")))));
    client = new ApiClient(server.uri(), "t");
    for (int i = 0; i < 40; i++) {
      create();
    }
    all = list("");
    assertEquals(40, all.size());
  }

  @AfterEach
  void end() throws IOException {
    client.close();
    server.close();
    service.close();
  }

  private String any(String... words) {
    return words[random.nextInt(words.length)];
  }

  private void create() throws IOException {
    JsonObject image = new JsonObject();
    if (random.nextInt(4) > 0) {
      image.addProperty("name", any("a", "B", "b c", "\u00e4,\"", "in:a", "gt:1"));
    }
    boolean hasData = random.nextBoolean();
    if (hasData || random.nextBoolean()) {
      image.addProperty("disk_format", hasData ? "raw" : any("qcow2", "iso"));
      image.addProperty("container_format", any("bare", "ova"));
    }
    image.addProperty("visibility", any("public", "private", "shared", "community"));
    image.addProperty("protected", random.nextBoolean());
    image.addProperty("min_ram", random.nextInt(3));
    image.addProperty("min_disk", random.nextInt(3));
    image.addProperty("owner", any("p", "q"));
    image.addProperty(any("color", "size_of_it"), any("red", "blue"));
    JsonArray tags = new JsonArray();
    tags.add(any("one", "two"));
    tags.add("three");
    image.add("tags", tags);
    String id = client.post("/v2/images", image).json().get("id").getAsString();
    if (hasData) {
      byte[] data = new byte[1 + random.nextInt(5)];
      assertEquals(
          204,
          client
              .put("/v2/images/" + id + "/file", data, "Content-Type", "application/octet-stream")
              .status());
    }
  }

  private List<JsonObject> list(String query) throws IOException {
    JsonObject answer = client.get("/v2/images?visibility=all&limit=1000" + query).json();
    List<JsonObject> images = new ArrayList<>();
    for (JsonElement image : answer.getAsJsonArray("images")) {
      images.add(image.getAsJsonObject());
    }
    return images;
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private static Set<String> ids(List<JsonObject> images) {
    Set<String> ids = new HashSet<>();
    images.forEach(image -> ids.add(image.get("id").getAsString()));
    assertEquals(images.size(), ids.size());
    return ids;
  }

  private void expect(String query, Predicate<JsonObject> condition) throws IOException {
    assertEquals(ids(all.stream().filter(condition).toList()), ids(list("&" + query)), query);
  }

  private static String text(JsonObject image, String name) {
    JsonElement value = image.get(name);
    return value == null || value.isJsonNull() ? "" : value.getAsString();
  }

  private static boolean is(JsonObject image, String name, String value) {
    JsonElement its = image.get(name);
    return its != null && !its.isJsonNull() && its.getAsString().equals(value);
  }

  @Test
  void everyAttributeAndPropertyIsAFilter() throws IOException {
    int found = 0;
    for (String name :
        new String[] {
          "id", "name", "status", "container_format", "disk_format", "owner", "checksum",
          "os_hash_algo", "os_hash_value", "size", "virtual_size", "min_ram", "min_disk", "color",
          "size_of_it"
        }) {
      Set<String> values = new HashSet<>();
      all.forEach(image -> values.add(text(image, name)));
      values.add("none");
      values.remove("");
      // These begin with an operator.
      values.remove("in:a");
      values.remove("gt:1");
      for (String value : values) {
        expect(name + "=" + encoded(value), image -> is(image, name, value));
        found++;
      }
    }
    assertTrue(found > 60, "values: " + found);
  }

  @Test
  void alternatives() throws IOException {
    for (String name : new String[] {"id", "name", "status", "container_format", "disk_format"}) {
      String one = text(all.get(random.nextInt(all.size())), name);
      String other = text(all.get(random.nextInt(all.size())), name);
      if (one.isEmpty() || other.isEmpty() || (one + other).contains("\"")) {
        one = "active";
        other = "bare";
      }
      String first = one;
      String second = other;
      expect(
          name + "=" + encoded("in:" + first + ",\"" + second + "\",none"),
          image -> is(image, name, first) || is(image, name, second));
    }
    expect(
        "name=" + encoded("in:in:a,gt:1"),
        image -> is(image, "name", "in:a") || is(image, "name", "gt:1"));
  }

  @Test
  void flagsSizesAndTags() throws IOException {
    expect("protected=true", image -> image.get("protected").getAsBoolean());
    expect("protected=False", image -> !image.get("protected").getAsBoolean());
    for (int size = 0; size < 7; size++) {
      int limit = size;
      expect(
          "size_min=" + limit,
          image -> !image.get("size").isJsonNull() && image.get("size").getAsInt() >= limit);
      expect(
          "size_max=" + limit,
          image -> !image.get("size").isJsonNull() && image.get("size").getAsInt() <= limit);
    }
    expect("tag=one", image -> image.get("tags").toString().contains("one"));
    expect("tag=one&tag=two", image -> false);
    expect("tag=three&tag=two", image -> image.get("tags").toString().contains("two"));
    for (String visibility : new String[] {"public", "private", "shared", "community"}) {
      assertEquals(
          ids(all.stream().filter(image -> is(image, "visibility", visibility)).toList()),
          ids(list("&visibility=" + visibility)));
    }
  }

  @Test
  void times() throws IOException {
    for (String name : new String[] {"created_at", "updated_at"}) {
      String time = text(all.get(random.nextInt(all.size())), name);
      Map<String, Predicate<Integer>> operators =
          Map.of(
              "gt:", order -> order > 0,
              "gte:", order -> order >= 0,
              "lt:", order -> order < 0,
              "lte:", order -> order <= 0,
              "eq:", order -> order == 0,
              "neq:", order -> order != 0,
              "", order -> order == 0);
      for (Map.Entry<String, Predicate<Integer>> operator : operators.entrySet()) {
        for (String spelling :
            new String[] {time, time.replace("Z", ""), time.replace("Z", "+00:00")}) {
          expect(
              name + "=" + encoded(operator.getKey() + spelling),
              image -> operator.getValue().test(text(image, name).compareTo(time)));
        }
      }
    }
  }

  private static Comparator<JsonObject> by(String key, boolean descending) {
    Comparator<JsonObject> ascending =
        key.equals("size")
            ? Comparator.comparingInt(
                image -> image.get("size").isJsonNull() ? -1 : image.get("size").getAsInt())
            : Comparator.comparing(image -> text(image, key));
    return descending ? ascending.reversed() : ascending;
  }

  /** In the order that is wanted, whatever the images are that are equal by it. */
  private void expectOrder(String query, Comparator<JsonObject> order) throws IOException {
    List<JsonObject> images = list("&" + query);
    assertEquals(40, images.size(), query);
    for (int i = 1; i < images.size(); i++) {
      JsonObject before = images.get(i - 1);
      JsonObject behind = images.get(i);
      assertTrue(order.compare(before, behind) <= 0, () -> query + "\n" + before + "\n" + behind);
    }
  }

  @Test
  void everyKeyIsAnOrder() throws IOException {
    for (String key : KEYS) {
      for (boolean descending : new boolean[] {true, false}) {
        String direction = descending ? "desc" : "asc";
        Comparator<JsonObject> order = by(key, descending);
        expectOrder("sort=" + key + ":" + direction, order);
        expectOrder("sort_key=" + key + "&sort_dir=" + direction, order);
        if (key.endsWith("_at")) {
          // Of which clients do not see the fractions of a second, by which these differ.
          continue;
        }
        String other = any(KEYS);
        expectOrder(
            "sort=" + key + ":" + direction + "," + other + ":asc",
            order.thenComparing(by(other, false)));
        expectOrder(
            "sort_key=" + key + "&sort_key=" + other + "&sort_dir=" + direction + "&sort_dir=asc",
            order.thenComparing(by(other, false)));
      }
      expectOrder("sort=" + key, by(key, true));
      expectOrder("sort_key=" + key, by(key, true));
    }
  }
}
