package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A client of the API, which sends what it is given. */
final class ApiClient implements AutoCloseable {
  static final String PATCH = "application/openstack-images-v2.1-json-patch";

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI server;
  private final String token;

  ApiClient(URI server, String token) {
    this.server = server;
    this.token = token;
  }

  /** An answer. */
  record Answer(int status, HttpResponse<byte[]> response) {
    String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    JsonObject json() {
      return JsonParser.parseString(text()).getAsJsonObject();
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    byte[] body() {
      return response.body();
    }
  }

  Answer get(String path, String... headers) throws IOException {
    return send("GET", path, BodyPublishers.noBody(), headers);
  }

  Answer delete(String path) throws IOException {
    return send("DELETE", path, BodyPublishers.noBody());
  }

  Answer post(String path, @Nullable JsonElement body) throws IOException {
    return send(
        "POST",
        path,
        body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()),
        "Content-Type",
        "application/json");
  }

  Answer put(String path, byte[] body, String... headers) throws IOException {
    return send("PUT", path, BodyPublishers.ofByteArray(body), headers);
  }

  /** Puts data as chunks of a length that is not announced. */
  Answer upload(String id, byte[] body) throws IOException {
    return send(
        "PUT",
        "/v2/images/" + id + "/file",
        BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body)),
        "Content-Type",
        "application/octet-stream");
  }

  Answer patch(String id, JsonArray operations) throws IOException {
    return send(
        "PATCH",
        "/v2/images/" + id,
        BodyPublishers.ofString(operations.toString()),
        "Content-Type",
        PATCH);
  }

  Answer send(String method, String path, BodyPublisher body, String... headers)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.resolve(path))
            .method(method, body)
            .header("X-Auth-Token", token);
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    try {
      HttpResponse<byte[]> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      return new Answer(response.statusCode(), response);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
