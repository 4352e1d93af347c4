package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Requests of OpenStack's clients to its own image service, which {@code build-support/peers}
 * recorded with what the answers were made of: status, names of headers, names in JSON. They are
 * sent again to another server, with the ids that its answers bring in place of those recorded.
 */
final class RecordedRequests {
  private static final Pattern ID = Pattern.compile("\\{(\\d+)}");

  /** Stands for an id that no answer brought. */
  private static final String NOBODY = "00000000-0000-0000-0000-000000000000";

  private static final Set<String> HOP_BY_HOP =
      Set.of("connection", "keep-alive", "transfer-encoding");

  private final URI server;
  private final String web;
  private final Map<String, byte[]> files;
  private final Map<String, String> ids = new HashMap<>();

  /** Images that are imported in the background: what they show depends on how far that is. */
  private final Set<String> racing = new HashSet<>();

  /** In what an answer differs from the recorded one. */
  record Difference(String request, String what, String command) {
    @Override
    public String toString() {
      return request + "  " + what + "  (" + command + ")";
    }
  }

  /**
   * Prepares to send them.
   *
   * @param server gets them
   * @param web where files can be downloaded from
   * @param files the data that is uploaded, by names
   */
  RecordedRequests(URI server, String web, Map<String, byte[]> files) {
    this.server = server;
    this.web = web;
    this.files = files;
  }

  /** Sends requests, one after the other, and returns how many there were. */
  int replay(String recorded, Consumer<Difference> differences) throws IOException {
    int count = 0;
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      for (JsonElement element : JsonParser.parseString(recorded).getAsJsonArray()) {
        JsonObject step = element.getAsJsonObject();
        if (step.has("wait")) {
          await(client, step);
        } else {
          count++;
          compare(step, send(client, request(step)), differences);
        }
      }
    }
    return count;
  }

  private void await(HttpClient client, JsonObject step) throws IOException {
    String id = step.get("wait").getAsString();
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve(shown("/v2/images/" + id)))
            .header("X-Auth-Token", "root")
            .build();
    String wanted = step.get("status").getAsString();
    String status = "";
    for (int attempt = 0; attempt < 600 && !status.equals(wanted); attempt++) {
      JsonObject image = JsonParser.parseString(text(send(client, request))).getAsJsonObject();
      status = image.has("status") ? image.get("status").getAsString() : "gone";
      pause();
    }
    if (!status.equals(wanted)) {
      throw new AssertionError("an image stays " + status + ", and should become " + wanted);
    }
    boolean _ = racing.remove(id);
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private HttpRequest request(JsonObject step) {
    BodyPublisher body = body(step);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.resolve(shown(step.get("path").getAsString())))
            .method(step.get("method").getAsString(), body);
    String size = Long.toString(body.contentLength());
    step.getAsJsonObject("headers")
        .asMap()
        .forEach(
            (name, value) -> request.header(name, value.getAsString().replace("{size}", size)));
    if (!step.get("token").isJsonNull()) {
      request.header("X-Auth-Token", step.get("token").getAsString());
    }
    return request.build();
  }

  private BodyPublisher body(JsonObject step) {
    JsonElement body = step.get("body");
    if (body == null) {
      return BodyPublishers.noBody();
    }
    byte[] bytes =
        body.isJsonObject()
            ? files.get(body.getAsJsonObject().get("file").getAsString())
            : shown(body.getAsString()).getBytes(StandardCharsets.UTF_8);
    return step.has("chunked")
        ? BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes))
        : BodyPublishers.ofByteArray(bytes);
  }

  private static HttpResponse<byte[]> send(HttpClient client, HttpRequest request)
      throws IOException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Puts in what stands in the text for ids, and for the server with files. */
  private String shown(String text) {
    Matcher matcher = ID.matcher(text.replace("{web}", web));
    return matcher.replaceAll(
        found -> Matcher.quoteReplacement(ids.getOrDefault(found.group(1), NOBODY)));
  }

  private void compare(
      JsonObject step, HttpResponse<byte[]> response, Consumer<Difference> differences) {
    String path = step.get("path").getAsString();
    String request = step.get("method").getAsString() + " " + path;
    Consumer<String> report =
        what ->
            differences.accept(new Difference(request, what, step.get("command").getAsString()));
    int expected = step.get("status").getAsInt();
    int status = response.statusCode();
    JsonElement answer = json(response);
    learn(step.getAsJsonObject("ids"), answer);
    if (status != expected) {
      report.accept(expected + " -> " + status);
      // Answers of two kinds are made of different things.
      return;
    }
    String[] parts = path.split("/", -1);
    if (path.endsWith("/import") && status == 202) {
      boolean _ = racing.add(parts[3]);
    }
    Set<String> headers =
        response.headers().map().keySet().stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .filter(name -> !HOP_BY_HOP.contains(name))
            .collect(Collectors.toCollection(TreeSet::new));
    compare("header ", strings(step.getAsJsonArray("answer")), headers, report);
    if (racing.stream().noneMatch(path::contains)) {
      Set<String> names = new TreeSet<>();
      collect(answer, "", names);
      compare("", strings(step.getAsJsonArray("keys")), names, report);
    }
  }

  private static void compare(
      String kind, Set<String> expected, Set<String> found, Consumer<String> report) {
    found.stream().filter(n -> !expected.contains(n)).forEach(n -> report.accept("+" + kind + n));
    expected.stream().filter(n -> !found.contains(n)).forEach(n -> report.accept("-" + kind + n));
  }

  private static Set<String> strings(JsonArray array) {
    return array.asList().stream()
        .map(JsonElement::getAsString)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  private static @Nullable JsonElement json(HttpResponse<byte[]> response) {
    String type = response.headers().firstValue("Content-Type").orElse("");
    return type.contains("json") && response.body().length > 0
        ? JsonParser.parseString(text(response))
        : null;
  }

  /** Adds the paths of all names; elements of an array are alike. */
  private static void collect(@Nullable JsonElement element, String at, Set<String> names) {
    if (element == null) {
      return;
    }
    if (element.isJsonObject()) {
      for (Map.Entry<String, JsonElement> entry : element.getAsJsonObject().entrySet()) {
        String path = at + "/" + entry.getKey().replace("~", "~0").replace("/", "~1");
        boolean _ = names.add(path);
        collect(entry.getValue(), path, names);
      }
    } else if (element.isJsonArray()) {
      for (JsonElement inner : element.getAsJsonArray()) {
        collect(inner, at + "/*", names);
      }
    }
  }

  private void learn(JsonObject wanted, @Nullable JsonElement answer) {
    for (Map.Entry<String, JsonElement> entry : wanted.entrySet()) {
      JsonElement found = answer;
      for (JsonElement step : new ArrayList<>(entry.getValue().getAsJsonArray().asList())) {
        found = inside(found, step.getAsString());
      }
      if (found != null) {
        String _ = ids.put(entry.getKey(), found.getAsString());
      }
    }
  }

  private static @Nullable JsonElement inside(@Nullable JsonElement element, String step) {
    if (element == null) {
      return null;
    }
    if (element.isJsonObject()) {
      return element.getAsJsonObject().get(step);
    }
    List<JsonElement> all = element.isJsonArray() ? element.getAsJsonArray().asList() : List.of();
    int index = Integer.parseInt(step);
    return index < all.size() ? all.get(index) : null;
  }
}
