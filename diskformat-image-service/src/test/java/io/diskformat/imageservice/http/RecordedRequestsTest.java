package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.download.WebDownloads;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.identity.StaticTokens;
import io.diskformat.imageservice.jetty.JettyImageServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What OpenStack's clients asked of its own image service is answered here as there, but for a list
 * of differences that are explained, and of which each is still one.
 */
final class RecordedRequestsTest {
  @TempDir private Path directory;
  @TempDir private Path scratch;
  private final Map<String, byte[]> files = new HashMap<>();
  private HttpServer web;
  private ImageService service;
  private JettyImageServer server;

  @BeforeEach
  void begin() throws IOException {
    make("disk.qcow2", CreateOptions.format("qcow2").size(1 << 20));
    make(
        "child.qcow2",
        CreateOptions.format("qcow2")
            .option("backing_file", "disk.qcow2")
            .option("backing_fmt", "qcow2"));
    make("parent.vmdk", CreateOptions.format("vmdk").size(1 << 20));
    make(
        "child.vmdk",
        CreateOptions.format("vmdk")
            .option("backing_file", "parent.vmdk")
            .option("backing_fmt", "vmdk"));
    byte[] noise = new byte[10_000];
    new Random(1).nextBytes(noise);
    noise[0] = 1;
    byte[] _ = files.put("noise", noise);
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    web = HttpServer.create(any, 50);
    var _ =
        web.createContext(
            "/disk.qcow2",
            exchange -> {
              byte[] data = file("disk.qcow2");
              exchange.sendResponseHeaders(200, data.length);
              exchange.getResponseBody().write(data);
              exchange.close();
            });
    web.start();
    int port = web.getAddress().getPort();
    service = LocalImageService.open(directory, ServiceLimits.usual());
    StaticTokens tokens =
        new StaticTokens(
            Map.of(
                "root", Caller.admin("u0", "p0"),
                "notused", Caller.admin("u0", "p0"),
                "ann", Caller.member("u1", "p1"),
                "bob", Caller.member("u2", "p2"),
                "eve", Caller.member("u3", "p3"),
                "rita", Caller.reader("u4", "p1")));
    WebDownloads downloads =
        WebDownloads.usual().allowHosts(Set.of("127.0.0.1")).allowPorts(Set.of(port));
    server =
        JettyImageServer.start(
            any,
            new ImageApi(service, tokens, ApiOptions.usual().downloads(downloads)),
            ServerOptions.usual());
  }

  private void make(String name, CreateOptions options) throws IOException {
    Path file = scratch.resolve(name);
    DiskImages.create(file, options);
    byte[] _ = files.put(name, Files.readAllBytes(file));
  }

  private byte[] file(String name) {
    return Objects.requireNonNull(files.get(name), name);
  }

  @AfterEach
  void end() throws IOException {
    server.close();
    service.close();
    web.stop(0);
  }

  @Test
  void answersAreMadeOfWhatThoseOfTheOriginalAreMadeOf() throws IOException {
    KnownDifferences known = KnownDifferences.read();
    Set<String> unknown = new TreeSet<>();
    RecordedRequests requests =
        new RecordedRequests(server.uri(), "http://127.0.0.1:" + web.getAddress().getPort(), files);
    int count =
        requests.replay(
            text("recorded-requests.json"),
            difference -> {
              if (!known.explain(difference)) {
                boolean _ = unknown.add(difference.toString());
              }
            });
    assertEquals("", String.join("\n", unknown));
    assertEquals("", String.join("\n", known.unused()), "differences that are none any more");
    assertTrue(count > 300, "only " + count + " requests");
  }

  private static String text(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(RecordedRequestsTest.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
