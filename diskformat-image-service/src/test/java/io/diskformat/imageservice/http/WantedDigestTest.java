package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.http.ApiClient.Answer;
import io.diskformat.imageservice.identity.StaticTokens;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads whose digest the client says before. */
final class WantedDigestTest {
  @TempDir private Path directory;

  private static String header(String name, String algorithm, byte[] data)
      throws GeneralSecurityException {
    byte[] digest = MessageDigest.getInstance(algorithm).digest(data);
    return name + "=:" + Base64.getEncoder().encodeToString(digest) + ":";
  }

  private long files() throws IOException {
    try (Stream<Path> all = Files.walk(directory.resolve("blobs"))) {
      return all.filter(Files::isRegularFile).count();
    }
  }

  @Test
  void whatHasAnotherDigestIsRefused() throws IOException, GeneralSecurityException {
    // Of a multiple of what is read at once, the end comes by itself.
    for (int size : new int[] {700_000, 512 << 10}) {
      byte[] data = new byte[size];
      new Random(size).nextBytes(data);
      data[510] = 0;
      byte[] other = data.clone();
      other[size - 1] ^= 1;
      try (ImageService service = LocalImageService.open(directory, ServiceLimits.usual());
          ImageServer server =
              ImageServer.start(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                  new ImageApi(service, new StaticTokens(Map.of("t", Caller.member("u", "p")))));
          ApiClient client = new ApiClient(server.uri(), "t")) {
        JsonObject image = new JsonObject();
        image.addProperty("disk_format", "raw");
        image.addProperty("container_format", "bare");
        String id = client.post("/v2/images", image).json().get("id").getAsString();
        for (String header :
            new String[] {
              header("sha-256", "SHA-256", other),
              header("sha-512", "SHA-512", other),
              header("md5", "MD5", other),
              "crc32c=:AAAA:",
              "sha-256=AAAA",
              "sha-256=:A:",
              ""
            }) {
          Answer refused = put(client, id, data, "Repr-Digest", header);
          assertEquals(400, refused.status(), header);
        }
        assertTrue(
            put(client, id, data, "Content-Digest", header("sha-256", "SHA-256", other))
                .text()
                .contains("The SHA-256 of the data is "));
        assertEquals(0, files());
        assertEquals("queued", client.get("/v2/images/" + id).json().get("status").getAsString());
        String right = "crc32c=:AAAA:, " + header("sha-256", "SHA-256", data);
        assertEquals(204, put(client, id, data, "Repr-Digest", right).status());
        assertEquals(204, client.delete("/v2/images/" + id).status());
      }
    }
  }

  private static Answer put(ApiClient client, String id, byte[] data, String header, String value)
      throws IOException {
    return client.put(
        "/v2/images/" + id + "/file",
        data,
        "Content-Type",
        "application/octet-stream",
        header,
        value);
  }

  /** Whoever decompresses need not look at the end of what comes. */
  @Test
  void whatIsCompressedIsComparedAsWell() throws IOException, GeneralSecurityException {
    byte[] data = new byte[700_000];
    new Random(1).nextBytes(data);
    data[510] = 0;
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(data);
    }
    byte[] sent = compressed.toByteArray();
    try (ImageService service = LocalImageService.open(directory, ServiceLimits.usual());
        ImageServer server =
            ImageServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new ImageApi(service, new StaticTokens(Map.of("t", Caller.member("u", "p")))));
        ApiClient client = new ApiClient(server.uri(), "t")) {
      for (String query : new String[] {"?gzip", ""}) {
        JsonObject image = new JsonObject();
        image.addProperty("disk_format", "raw");
        image.addProperty("container_format", "bare");
        String id = client.post("/v2/images", image).json().get("id").getAsString();
        byte[] body = query.contains("gzip") ? sent : data;
        byte[] other = body.clone();
        other[0] ^= 1;
        String wrong = header("sha-256", "SHA-256", other);
        Answer refused = put(client, id + "/file" + query, body, wrong);
        assertEquals(400, refused.status(), query + refused.text());
        assertEquals(0, files(), query);
        String right = header("sha-256", "SHA-256", body);
        assertEquals(204, put(client, id + "/file" + query, body, right).status(), query);
        assertEquals(204, client.delete("/v2/images/" + id).status());
      }
    }
  }

  private static Answer put(ApiClient client, String path, byte[] data, String value)
      throws IOException {
    return client.put(
        "/v2/images/" + path,
        data,
        "Content-Type",
        "application/octet-stream",
        "Repr-Digest",
        value);
  }
}
