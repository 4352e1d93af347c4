package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonObject;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.QuickDirectory;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.http.ApiClient.Answer;
import io.diskformat.imageservice.identity.Everybody;
import io.diskformat.imageservice.jetty.JettyImageServer;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that are downloaded in another format hold the same disk. */
final class DerivedImageTest {
  private static final int SIZE = 9 << 20;

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  @TempDir private Path scratch;
  private ImageService service;
  private ImageServer server;
  private ApiClient client;

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory, ServiceLimits.usual());
    server =
        ImageServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new ImageApi(service, new Everybody(Caller.admin("u", "p"))));
    client = new ApiClient(server.uri(), "t");
  }

  @AfterEach
  void end() throws IOException {
    client.close();
    server.close();
    service.close();
  }

  private Path image(String format) throws IOException {
    Path file = scratch.resolve("made." + format);
    CreateOptions options = CreateOptions.format(format).size(SIZE);
    DiskImages.create(
        file,
        format.equals("vmdk") ? options.option("subformat", "monolithicSparse") : options,
        disk -> {
          byte[] content = new byte[700_000];
          new Random(7).nextBytes(content);
          content[510] = 0;
          disk.write(0, content);
          disk.write(5 << 20, content);
        });
    return file;
  }

  private String upload(String format, byte[] data) throws IOException {
    JsonObject attributes = new JsonObject();
    attributes.addProperty("name", format);
    attributes.addProperty("disk_format", format);
    attributes.addProperty("container_format", "bare");
    String id = client.post("/v2/images", attributes).json().get("id").getAsString();
    assertEquals(204, client.upload(id, data).status());
    return id;
  }

  @Test
  void everyFormatAsEveryOther() throws IOException {
    Path raw = image("raw");
    for (String from : new String[] {"raw", "qcow2", "vdi", "vmdk"}) {
      byte[] data = Files.readAllBytes(from.equals("raw") ? raw : image(from));
      String id = upload(from, data);
      for (String to : new String[] {"raw", "qcow2", "vdi", "vmdk"}) {
        Answer answer = client.get("/v2/images/" + id + "/file?format=" + to);
        assertEquals(200, answer.status());
        assertEquals(to.equals("raw") ? "" + SIZE : "", answer.header("Content-Length"));
        Path file = Files.write(scratch.resolve("got." + to), answer.body());
        Oracle.Result _ = Oracle.qemuImg("compare", "-f", "raw", "-F", to, raw, file).orFail();
        try (DiskImage disk = DiskImages.open(file, OpenOptions.readOnly().format(to))) {
          assertEquals(SIZE, disk.size());
        }
      }
      assertArrayEquals(data, client.get("/v2/images/" + id + "/file").body());
    }
  }

  @Test
  void dataIsConvertedAsItComes() throws IOException {
    JsonObject attributes = new JsonObject();
    attributes.addProperty("disk_format", "raw");
    attributes.addProperty("container_format", "bare");
    String id = client.post("/v2/images", attributes).json().get("id").getAsString();
    byte[] data = Files.readAllBytes(image("qcow2"));
    String file = "/v2/images/" + id + "/file";
    String[] octets = {"Content-Type", "application/octet-stream"};
    assertEquals(400, client.put(file + "?from=vhd", data, octets).status());
    assertEquals(415, client.put(file + "?from=vdi", data, octets).status());
    assertEquals(415, client.put(file + "?gzip", data, octets).status());
    assertEquals(204, client.put(file + "?from=qcow2", data, octets).status());
    assertArrayEquals(Files.readAllBytes(image("raw")), client.get(file).body());
  }

  @Test
  void whatCannotBeHadIsRefused() throws IOException {
    String id = upload("raw", Files.readAllBytes(image("raw")));
    String file = "/v2/images/" + id + "/file";
    for (String format : new String[] {"", "vhd", "RAW", "../raw"}) {
      assertEquals(400, client.get(file + "?format=" + format).status());
    }
    JsonObject none = new JsonObject();
    none.addProperty("name", "none");
    String empty = client.post("/v2/images", none).json().get("id").getAsString();
    assertEquals(204, client.get("/v2/images/" + empty + "/file?format=raw").status());
  }

  @Test
  void whatBreaksOffIsNoWholeImage() throws IOException {
    String id = upload("qcow2", Files.readAllBytes(image("qcow2")));
    try (Stream<Path> files = Files.walk(directory.resolve("blobs"))) {
      for (Path file :
          files.filter(Files::isRegularFile).filter(one -> one.toFile().length() > 4096).toList()) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.truncate(channel.size() - (400 << 10));
        }
      }
    }
    JettyImageServer jetty =
        JettyImageServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new ImageApi(service, new Everybody(Caller.admin("u", "p"))),
            ServerOptions.usual());
    try (ApiClient other = new ApiClient(jetty.uri(), "t")) {
      for (String to : new String[] {"raw", "vmdk"}) {
        String file = "/v2/images/" + id + "/file?format=" + to;
        assertFalse(succeeds(client, file));
        assertFalse(succeeds(other, file));
      }
    } finally {
      jetty.close();
    }
  }

  /** A failure before the first byte was sent can still be an answer. */
  private static boolean succeeds(ApiClient client, String file) {
    try {
      return client.get(file).status() < 500;
    } catch (IOException e) {
      return false;
    }
  }
}
