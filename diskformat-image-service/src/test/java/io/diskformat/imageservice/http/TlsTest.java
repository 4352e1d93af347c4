package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.identity.Everybody;
import io.diskformat.imageservice.jetty.JettyImageServer;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TlsTest {
  @TempDir private Path directory;

  private void openssl(String... arguments) {
    Oracle.Result _ = Oracle.of("openssl").in(directory).run((Object[]) arguments).orFail();
  }

  private void certify(String... algorithm) {
    List<String> command =
        new java.util.ArrayList<>(
            List.of("req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=localhost"));
    command.addAll(
        List.of("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "c.pem"));
    command.addAll(List.of(algorithm));
    openssl(command.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdk rsa:2048", "jetty rsa:2048", "jetty ec", "jdk ed25519"})
  void curlComesByTls(String what) throws Exception {
    switch (what.split(" ", 2)[1]) {
      case "ec" -> certify("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
      case "ed25519" -> certify("-newkey", "ed25519");
      default -> certify("-newkey", "rsa:2048");
    }
    ServerOptions options =
        ServerOptions.usual()
            .tls(TlsIdentity.read(directory.resolve("c.pem"), directory.resolve("key.pem")));
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (ImageService service =
        LocalImageService.open(directory.resolve("data"), ServiceLimits.usual())) {
      ImageApi api = new ImageApi(service, new Everybody(Caller.admin("u", "p")));
      try (AutoCloseable server =
          what.startsWith("jdk")
              ? ImageServer.start(any, api, options)
              : JettyImageServer.start(any, api, options)) {
        String uri =
            (server instanceof ImageServer jdk ? jdk.uri() : ((JettyImageServer) server).uri())
                .toString();
        assertTrue(uri.startsWith("https://127.0.0.1:"), uri);
        Oracle.Result versions =
            Oracle.of("curl")
                .in(directory)
                .run("-sS", "--noproxy", "*", "--cacert", "c.pem", uri + "/versions")
                .orFail();
        assertTrue(versions.output().contains("\"href\":\"" + uri + "/v2/\""), versions::toString);
        Oracle.Result stranger = Oracle.of("curl").run("-sS", "--noproxy", "*", uri + "/versions");
        assertEquals(60, stranger.exitCode(), stranger::toString);
      }
    }
  }

  @Test
  void oneFileMayHaveBoth() throws IOException {
    certify("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
    Path both = directory.resolve("both.pem");
    Files.writeString(
        both,
        Files.readString(directory.resolve("key.pem"))
            + Files.readString(directory.resolve("c.pem")));
    assertEquals("TLS", TlsIdentity.read(both, both).getProtocol());
  }

  @Test
  void filesThatHaveNone() throws IOException {
    certify("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
    Path certificate = directory.resolve("c.pem");
    Path key = directory.resolve("key.pem");
    assertThrows(IOException.class, () -> TlsIdentity.read(key, key));
    assertThrows(IOException.class, () -> TlsIdentity.read(certificate, certificate));
    Path bad = directory.resolve("bad.pem");
    for (String text : List.of("AAAA", "A", "====")) {
      Files.writeString(
          bad, "-----BEGIN PRIVATE KEY-----\n" + text + "\n-----END PRIVATE KEY-----\n");
      assertThrows(IOException.class, () -> TlsIdentity.read(certificate, bad), text);
    }
  }
}
