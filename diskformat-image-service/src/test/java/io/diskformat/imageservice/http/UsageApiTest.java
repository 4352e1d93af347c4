package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.identity.StaticTokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a project has used of its quota. */
final class UsageApiTest {
  @TempDir private Path directory;

  @Test
  void itIsSaidInMebibytes() throws IOException {
    StaticTokens tokens =
        new StaticTokens(Map.of("t1", Caller.member("u1", "p1"), "t2", Caller.member("u2", "p2")));
    try (ImageService service =
            LocalImageService.open(directory, ServiceLimits.usual().quota(3 << 20));
        ImageServer server =
            ImageServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new ImageApi(service, tokens));
        ApiClient client = new ApiClient(server.uri(), "t1");
        ApiClient other = new ApiClient(server.uri(), "t2")) {
      JsonObject image = new JsonObject();
      image.addProperty("disk_format", "raw");
      image.addProperty("container_format", "bare");
      String file = client.post("/v2/images", image).json().get("file").getAsString();
      byte[] data = new byte[(3 << 20) + 1];
      data[600] = 1;
      String[] octets = {"Content-Type", "application/octet-stream"};
      assertEquals(413, client.put(file, data, octets).status());
      assertEquals(204, client.put(file, new byte[(1 << 20) + 1], octets).status());
      assertEquals(usage(2), client.get("/v2/info/usage").json());
      assertEquals(usage(0), other.get("/v2/info/usage").json());
    }
  }

  private static JsonObject usage(int mebibytes) {
    return JsonParser.parseString(
            "{\"usage\":{\"image_size_total\":{\"usage\":%d,\"limit\":3}}}".formatted(mebibytes))
        .getAsJsonObject();
  }
}
