package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.identity.StaticTokens;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clients of OpenStack, as people run them. */
final class ClientsTest {
  @TempDir private Path directory;
  @TempDir private Path scratch;
  private ImageService service;
  private ImageServer server;

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory, ServiceLimits.usual());
    StaticTokens tokens =
        new StaticTokens(
            Map.of(
                "admin1", Caller.admin("u0", "p0"),
                "notused", Caller.admin("u0", "p0"),
                "member1", Caller.member("u1", "p1"),
                "member2", Caller.member("u2", "p2")));
    server =
        ImageServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new ImageApi(service, tokens));
  }

  @AfterEach
  void end() throws IOException {
    server.close();
    service.close();
  }

  /** Runs glance as somebody; its standard input is closed, since it would take that for data. */
  private Oracle.Result glance(String token, String arguments) {
    Oracle _ = Oracle.of("glance");
    return shell(
        "glance --os-image-url %s --os-auth-token %s %s <&-"
            .formatted(server.uri(), token, arguments));
  }

  private Oracle.Result openstack(String arguments) {
    Oracle _ = Oracle.of("openstack");
    return shell(
        "openstack --os-auth-type none --os-endpoint %s %s".formatted(server.uri(), arguments));
  }

  private Oracle.Result shell(String command) {
    return Oracle.of("bash")
        .in(scratch)
        .timeout(Duration.ofMinutes(3))
        .run("-c", "HOME=" + scratch + " PYTHONWARNINGS=ignore " + command);
  }

  private byte[] qcow2(String name) throws IOException {
    Path file = scratch.resolve(name);
    DiskImages.create(
        file,
        CreateOptions.format("qcow2").size(1 << 30),
        disk -> {
          byte[] content = new byte[3_000_000];
          new Random(1).nextBytes(content);
          disk.write(1 << 20, content);
        });
    return Files.readAllBytes(file);
  }

  private String id(String name) throws IOException {
    Oracle.Result list = openstack("image list --format json --long").orFail();
    for (var image : JsonParser.parseString(list.output()).getAsJsonArray()) {
      JsonObject object = image.getAsJsonObject();
      if (object.get("Name").getAsString().equals(name)) {
        return object.get("ID").getAsString();
      }
    }
    throw new AssertionError("no image " + name + ": " + list);
  }

  @Test
  void anImageIsStoredListedAndFetched() throws Exception {
    byte[] image = qcow2("c.img");
    // The command of the guide that sets up an image service.
    Oracle.Result created =
        glance(
                "admin1",
                "image-create --name CentOS6-x86_64-test --file c.img --disk-format qcow2"
                    + " --container-format bare --visibility public --progress")
            .orFail();
    assertTrue(created.output().matches("(?s).*status +\\| active .*"), created::toString);
    assertTrue(
        created.output().matches("(?s).*virtual_size +\\| 1073741824 .*"), created::toString);
    String md5 = HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(image));
    assertTrue(created.output().contains(md5), created::toString);
    Oracle.Result list = glance("member1", "image-list").orFail();
    assertTrue(list.output().contains("CentOS6-x86_64-test"), list::toString);
    String id = id("CentOS6-x86_64-test");
    glance("member1", "image-download " + id + " --file o").orFail();
    assertArrayEquals(image, Files.readAllBytes(scratch.resolve("o")));
    openstack("image save --file o2 CentOS6-x86_64-test").orFail();
    assertArrayEquals(image, Files.readAllBytes(scratch.resolve("o2")));
    glance(
            "admin1",
            "image-update " + id + " --property os_distro=centos --name n --min-disk 1")
        .orFail();
    Oracle.Result shown = glance("admin1", "image-show " + id).orFail();
    assertTrue(shown.output().contains("centos"), shown::toString);
    glance("admin1", "image-deactivate " + id).orFail();
    assertEquals(1, glance("member1", "image-download " + id + " --file o3").exitCode());
    glance("admin1", "image-reactivate " + id).orFail();
    glance("admin1", "image-delete " + id).orFail();
    assertEquals(1, glance("admin1", "image-show " + id).exitCode());
  }

  @Test
  void dataThatIsRefusedIsExplainedAndCanBeReplaced() throws Exception {
    byte[] noise = new byte[50 << 20];
    new Random(2).nextBytes(noise);
    Files.write(scratch.resolve("random.bin"), noise);
    qcow2("c.img");
    Oracle.Result refused =
        glance(
            "admin1",
            "image-create --name r --file random.bin --disk-format qcow2 --container-format bare");
    assertEquals(1, refused.exitCode(), refused::toString);
    String said = refused.output() + refused.error();
    assertTrue(said.contains("415") && said.contains("offset 0"), refused::toString);
    try (Stream<Path> files = Files.walk(directory.resolve("blobs"))) {
      assertEquals(0, files.filter(Files::isRegularFile).count());
    }
    String id = id("r");
    glance("admin1", "image-upload --file c.img " + id).orFail();
    Oracle.Result shown = glance("admin1", "image-show " + id).orFail();
    assertTrue(shown.output().matches("(?s).*status +\\| active .*"), shown::toString);
  }

  @Test
  void theOtherClientCreatesChangesAndDeletes() throws Exception {
    byte[] image = qcow2("c.img");
    Oracle.Result created =
        openstack(
                "image create --file c.img --disk-format qcow2 --container-format bare --public"
                    + " --property os_distro=centos --tag one cli1")
            .orFail();
    assertTrue(created.output().contains("os_distro"), created::toString);
    openstack("image set --name cli1b --property hw_disk_bus=scsi --tag two --protected cli1")
        .orFail();
    openstack("image unset --property hw_disk_bus --tag two cli1b").orFail();
    String id = id("cli1b");
    assertEquals(1, openstack("image delete cli1b").exitCode());
    openstack("image set --unprotected cli1b").orFail();
    Oracle.Result staged =
        glance(
            "admin1",
            "image-create --name s --disk-format qcow2 --container-format bare");
    staged.orFail();
    String other = id("s");
    glance("admin1", "image-stage --file c.img " + other).orFail();
    glance("admin1", "image-import " + other + " --import-method glance-direct").orFail();
    glance("admin1", "image-download " + other + " --file o").orFail();
    assertArrayEquals(image, Files.readAllBytes(scratch.resolve("o")));
    openstack("image delete cli1b").orFail();
    assertEquals(1, openstack("image show " + id).exitCode());
  }

  @Test
  void anImageIsSharedWithAnotherProject() throws Exception {
    qcow2("c.img");
    glance(
            "member1",
            "image-create --name m --file c.img --disk-format qcow2 --container-format bare"
                + " --visibility shared")
        .orFail();
    String id = id("m");
    assertEquals(1, glance("member2", "image-show " + id).exitCode());
    glance("member1", "member-create " + id + " p2").orFail();
    glance("member2", "member-update " + id + " p2 accepted").orFail();
    Oracle.Result list = glance("member2", "image-list --visibility shared").orFail();
    assertTrue(list.output().contains(id), list::toString);
  }
}
