package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.guest.GuestFiles;
import io.diskformat.imageservice.http.ApiClient.Answer;
import io.diskformat.imageservice.identity.StaticTokens;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** New images in which files of others have changed. */
final class EditApiTest {
  @TempDir private Path directory;
  @TempDir private Path scratch;
  private ImageService service;
  private ImageServer server;
  private ApiClient owner;
  private ApiClient other;

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory, ServiceLimits.usual());
    StaticTokens tokens =
        new StaticTokens(Map.of("t1", Caller.member("u1", "p1"), "t2", Caller.member("u2", "p2")));
    server =
        ImageServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new ImageApi(service, tokens, ApiOptions.usual().edits(new GuestFiles())));
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

  private static JsonObject json(String text) {
    return JsonParser.parseString(text.replace('\'', '"')).getAsJsonObject();
  }

  /** Returns a disk with an ext4 file system of a system. */
  private Path disk() throws Exception {
    Path files = Files.createDirectories(scratch.resolve("files/etc"));
    Path _ = Files.createDirectories(scratch.resolve("files/usr"));
    Files.writeString(files.resolve("os-release"), "PRETTY_NAME=\"Some Linux 7\"\n");
    Files.writeString(files.resolve("fstab"), "/dev/sda / ext4 defaults 0 1\n");
    Files.writeString(files.resolve("motd"), "Welcome to CentOS 6\n");
    Files.writeString(files.resolve("old"), "old\n");
    Files.writeString(files.resolve("letters"), "a".repeat(100_000));
    byte[] noise = new byte[100_000];
    new Random(1).nextBytes(noise);
    Files.write(files.resolve("noise"), noise);
    Path disk = scratch.resolve("disk.raw");
    Oracle.Result _ =
        Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", files.getParent(), disk, "8M").orFail();
    return disk;
  }

  private String uploaded(Path disk, String format) throws IOException {
    Path file = scratch.resolve("disk." + format);
    if (!format.equals("raw")) {
      try (DiskImage source = DiskImages.open(disk, OpenOptions.readOnly().format("raw"))) {
        CreateOptions options = CreateOptions.format(format);
        Conversion.from(source)
            .to(
                file,
                format.equals("vmdk") ? options.option("subformat", "streamOptimized") : options)
            .run();
      }
    }
    String id =
        owner
            .post(
                "/v2/images",
                json(
                    "{'name':'n','disk_format':'%s','container_format':'bare','os_distro':'c'}"
                        .formatted(format)))
            .json()
            .get("id")
            .getAsString();
    Answer put =
        owner.put(
            "/v2/images/" + id + "/file",
            Files.readAllBytes(file),
            "Content-Type",
            "application/octet-stream");
    assertEquals(204, put.status(), put.text());
    return id;
  }

  private Answer edit(ApiClient client, String id, String body) throws IOException {
    return client.post("/v2/images/" + id + "/edit", json(body));
  }

  private JsonObject await(String id) throws IOException, InterruptedException {
    while (true) {
      JsonObject image = owner.get("/v2/images/" + id).json();
      if (!image.get("status").getAsString().equals("importing")) {
        return image;
      }
      Thread.sleep(5);
    }
  }

  private String message(String id) throws IOException {
    return owner
        .get("/v2/images/" + id + "/tasks")
        .json()
        .getAsJsonArray("tasks")
        .get(0)
        .getAsJsonObject()
        .get("message")
        .getAsString();
  }

  /** Returns the disk of an image as raw, which its file system's own program finds right. */
  private Path checked(String id) throws Exception {
    Path raw = scratch.resolve("after.raw");
    Files.write(raw, owner.get("/v2/images/" + id + "/file?format=raw").body());
    Oracle.Result _ = Oracle.of("e2fsck").run("-f", "-n", raw).orFail();
    return raw;
  }

  private static String cat(Path disk, String file) throws Exception {
    return Oracle.of("debugfs").run("-R", "cat " + file, disk).orFail().output();
  }

  @Test
  void filesChangeInANewImage() throws Exception {
    Path disk = disk();
    for (String format : new String[] {"raw", "qcow2", "vdi", "vmdk"}) {
      String id = uploaded(disk, format);
      byte[] before = owner.get("/v2/images/" + id + "/file").body();
      Answer begun =
          edit(
              owner,
              id,
              "{'name':'prepared','changes':["
                  + "{'replace':'/etc/motd','text':'CentOS 6','by':'our CentOS'},"
                  + "{'write':'/etc/hostname','text':'guest'},"
                  + "{'append':'/etc/hostname','text':'.example'},"
                  + "{'remove':'/etc/old'},"
                  + "{'directory':'/root/.ssh'}]}");
      assertEquals(202, begun.status(), begun.text());
      String made = begun.json().get("id").getAsString();
      assertEquals("/v2/images/" + made, begun.header("Location"));
      JsonObject image = await(made);
      assertEquals("active", image.get("status").getAsString(), message(made));
      assertEquals("prepared", image.get("name").getAsString());
      assertEquals("c", image.get("os_distro").getAsString());
      assertEquals(format, image.get("disk_format").getAsString());
      Path after = checked(made);
      assertEquals("Welcome to our CentOS\n", cat(after, "/etc/motd"));
      assertEquals("guest.example", cat(after, "/etc/hostname"));
      Oracle.Result old = Oracle.of("debugfs").run("-R", "stat /etc/old", after);
      assertFalse(old.output().contains("Inode:"), old.output());
      Oracle.Result folder = Oracle.of("debugfs").run("-R", "stat /root/.ssh", after);
      assertTrue(folder.output().contains("Type: directory"), folder.output());
      // The other one stays as it is.
      assertArrayEquals(before, owner.get("/v2/images/" + id + "/file").body());
      assertEquals(204, owner.delete("/v2/images/" + made).status());
    }
  }

  /** An old image is hidden when newer ones have come, of which this is one. */
  @Test
  void whatIsMadeOfAHiddenImageIsSeen() throws Exception {
    String id = uploaded(disk(), "raw");
    JsonArray hide = new JsonArray();
    hide.add(json("{'op':'replace','path':'/os_hidden','value':true}"));
    hide.add(json("{'op':'replace','path':'/protected','value':true}"));
    for (String property : new String[] {"owner_specified.openstack.md5", "img_signature"}) {
      hide.add(json("{'op':'add','path':'/%s','value':'x'}".formatted(property)));
    }
    assertEquals(200, owner.patch(id, hide).status());
    Answer begun = edit(owner, id, "{'changes':[{'remove':'/etc/old'}]}");
    assertEquals(202, begun.status(), begun.text());
    String made = begun.json().get("id").getAsString();
    JsonObject image = await(made);
    assertEquals("active", image.get("status").getAsString(), message(made));
    assertFalse(image.get("os_hidden").getAsBoolean());
    assertFalse(image.get("protected").getAsBoolean());
    assertEquals("c", image.get("os_distro").getAsString());
    // What is said of the bytes of the other.
    assertFalse(image.has("owner_specified.openstack.md5"), image.toString());
    assertFalse(image.has("img_signature"), image.toString());
    JsonArray listed = owner.get("/v2/images").json().getAsJsonArray("images");
    assertEquals(1, listed.size());
    assertEquals(made, listed.get(0).getAsJsonObject().get("id").getAsString());
  }

  @Test
  void whatCannotBeChangedIsToldByTheTask() throws Exception {
    String id = uploaded(disk(), "qcow2");
    for (String[] wrong :
        new String[][] {
          {"'changes':[{'remove':'/etc/none'}]", "NoSuchFileException"},
          {"'changes':[{'remove':'/etc'}]", "DirectoryNotEmptyException"},
          {
            "'changes':[{'replace':'/etc/motd','text':'Debian','by':'x'}]", "does not have the text"
          },
          {"'volume':'/dev/sdb','changes':[{'remove':'/etc/old'}]", "/dev/sdb"},
        }) {
      Answer begun = edit(owner, id, "{" + wrong[0] + "}");
      assertEquals(202, begun.status(), begun.text());
      String made = begun.json().get("id").getAsString();
      assertEquals("queued", await(made).get("status").getAsString());
      assertTrue(message(made).contains(wrong[1]), message(made));
      assertEquals(204, owner.delete("/v2/images/" + made).status());
    }
    try (Stream<Path> files = Files.walk(directory.resolve("blobs"))) {
      // Data, and its checksums.
      assertEquals(2, files.filter(Files::isRegularFile).count());
    }
  }

  @Test
  void requestsThatMakeNoSenseAreRefused() throws Exception {
    String id = uploaded(disk(), "qcow2");
    for (String body :
        new String[] {
          "{}",
          "{'changes':[]}",
          "{'changes':{}}",
          "{'changes':[1]}",
          "{'changes':[{}]}",
          "{'changes':[{'write':'/a'}]}",
          "{'changes':[{'write':'a','text':''}]}",
          "{'changes':[{'replace':'/a','text':'b'}]}",
          "{'name':1,'changes':[{'remove':'/a'}]}"
        }) {
      assertEquals(400, edit(owner, id, body).status(), body);
    }
    assertEquals(404, edit(other, id, "{'changes':[{'remove':'/a'}]}").status());
    String queued =
        owner
            .post("/v2/images", json("{'disk_format':'raw','container_format':'bare'}"))
            .json()
            .get("id")
            .getAsString();
    assertEquals(409, edit(owner, queued, "{'changes':[{'remove':'/a'}]}").status());
    assertEquals(2, owner.get("/v2/images").json().getAsJsonArray("images").size());
  }

  /** All that changes is in memory. */
  @Test
  void aShortTextIsNotReplacedByALongOneEverywhere() throws Exception {
    String id = uploaded(disk(), "raw");
    String by = "b".repeat(1000);
    Answer begun =
        edit(
            owner,
            id,
            "{'changes':[{'replace':'/etc/letters','text':'a','by':'%s'}]}".formatted(by));
    assertEquals(202, begun.status(), begun.text());
    String made = begun.json().get("id").getAsString();
    assertEquals("queued", await(made).get("status").getAsString());
    assertTrue(message(made).contains("have more than 16777216 bytes"), message(made));
  }
}
