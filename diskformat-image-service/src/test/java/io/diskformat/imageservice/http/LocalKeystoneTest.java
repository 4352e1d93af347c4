package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.http.ApiClient.Answer;
import io.diskformat.imageservice.identity.LocalIdentity;
import io.diskformat.imageservice.identity.LocalUsers;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service as its own Keystone, for clients that want one. */
final class LocalKeystoneTest {
  @TempDir private Path directory;
  @TempDir private Path scratch;
  private ImageService service;
  private ImageServer server;
  private ApiClient client;

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory, ServiceLimits.usual());
    LocalIdentity identity =
        new LocalIdentity(
            LocalUsers.of(
                List.of("root top infra admin", "ann secret p1 member", "bob secret p2 member"),
                "users"));
    server =
        ImageServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new ImageApi(service, identity, ApiOptions.usual().keystone(identity)));
    client = new ApiClient(server.uri(), "notused");
  }

  @AfterEach
  void end() throws IOException {
    client.close();
    server.close();
    service.close();
  }

  private Answer login(String user, String password, String scope) throws IOException {
    return client.post(
        "/identity/v3/auth/tokens",
        JsonParser.parseString(
            ("{'auth': {'identity': {'methods': ['password'], 'password': {'user': {'name': '%s',"
                    + " 'domain': {'name': 'Default'}, 'password': '%s'}}}%s}}")
                .formatted(user, password, scope)
                .replace('\'', '"')));
  }

  private Answer token(String method, String own, String subject) throws IOException {
    try (ApiClient with = new ApiClient(server.uri(), own)) {
      return with.send(
          method,
          "/identity/v3/auth/tokens",
          java.net.http.HttpRequest.BodyPublishers.noBody(),
          "X-Subject-Token",
          subject);
    }
  }

  @Test
  void aPasswordIsExchangedForAToken() throws IOException {
    Answer answer =
        login(
            "ann", "secret", ", 'scope': {'project': {'name': 'p1', 'domain': {'id': 'default'}}}");
    assertEquals(201, answer.status(), answer.text());
    String token = answer.header("X-Subject-Token");
    JsonObject said = answer.json().getAsJsonObject("token");
    assertEquals("ann", said.getAsJsonObject("user").get("id").getAsString());
    assertEquals("p1", said.getAsJsonObject("project").get("id").getAsString());
    assertEquals(2, said.getAsJsonArray("roles").size());
    String url =
        said.getAsJsonArray("catalog")
            .get(0)
            .getAsJsonObject()
            .getAsJsonArray("endpoints")
            .get(0)
            .getAsJsonObject()
            .get("url")
            .getAsString();
    assertEquals(server.uri().toString(), url);
    try (ApiClient ann = new ApiClient(server.uri(), token)) {
      assertEquals(200, ann.get("/v2/images").status());
    }
    assertEquals(said, token("GET", token, token).json().getAsJsonObject("token"));
    String other = login("bob", "secret", "").header("X-Subject-Token");
    assertEquals(404, token("GET", other, token).status());
    assertEquals(401, token("GET", "x", token).status());
    assertEquals(
        200, token("HEAD", login("root", "top", "").header("X-Subject-Token"), token).status());
    assertEquals(204, token("DELETE", token, token).status());
    assertEquals(401, token("GET", token, token).status());
  }

  @Test
  void whoIsNobodyGetsNoToken() throws IOException {
    assertEquals(401, login("ann", "wrong", "").status());
    assertEquals(401, login("eve", "secret", "").status());
    assertEquals(401, login("ann", "secret", ", 'scope': {'project': {'id': 'p2'}}").status());
    assertEquals(400, client.post("/identity/v3/auth/tokens", new JsonObject()).status());
    assertEquals(300, client.get("/identity").status());
    assertEquals(200, client.get("/identity/v3/").status());
    assertEquals(403, client.get("/identity/v3/projects/p2").status());
    assertEquals(401, client.get("/identity/v3/auth/projects").status());
    Answer refused = client.get("/v2/images");
    assertEquals(401, refused.status());
    assertTrue(refused.header("WWW-Authenticate").contains("/identity"));
  }

  private Oracle.Result shell(String user, String project, String command) {
    return Oracle.of("bash")
        .in(scratch)
        .timeout(Duration.ofMinutes(3))
        .run(
            "-c",
            "export HOME=%s PYTHONWARNINGS=ignore OS_AUTH_URL=%s/identity/v3 OS_USERNAME=%s"
                    .formatted(scratch, server.uri(), user)
                + " OS_PASSWORD=secret OS_PROJECT_NAME=%s OS_USER_DOMAIN_NAME=Default"
                    .formatted(project)
                + " OS_PROJECT_DOMAIN_NAME=Default OS_IDENTITY_API_VERSION=3; "
                + command);
  }

  @Test
  void theClientsLogIn() throws IOException {
    Oracle _ = Oracle.of("glance");
    Oracle _ = Oracle.of("openstack");
    Files.write(scratch.resolve("data"), new byte[100_000]);
    shell(
            "ann",
            "p1",
            "glance image-create --name m --file data --disk-format raw --container-format bare"
                + " <&-")
        .orFail();
    shell("ann", "p1", "openstack image add project m p2").orFail();
    Oracle.Result accepted =
        shell("bob", "p2", "glance image-list --visibility shared --member-status all <&-")
            .orFail();
    assertTrue(accepted.output().contains(" m "), accepted::toString);
    Oracle.Result wrong = shell("ann", "p2", "openstack image list");
    assertEquals(1, wrong.exitCode(), wrong::toString);
    Oracle.Result basic =
        Oracle.of("openstack")
            .run(
                "--os-auth-type",
                "http_basic",
                "--os-username",
                "ann",
                "--os-password",
                "secret",
                "--os-endpoint",
                server.uri() + "/v2",
                "image",
                "list")
            .orFail();
    assertTrue(basic.output().contains(" m "), basic::toString);
  }
}
