package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.BlobStore;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Catalogue;
import io.diskformat.imageservice.HookedCalls;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.imageservice.identity.Everybody;
import io.diskformat.imageservice.jetty.JettyImageServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients see of a store, a catalogue, or a token that fails. */
final class FailingStoreTest {
  private static final Logger LOG = Logger.getLogger(ImageApi.class.getName());
  private static final Caller CALLER = Caller.admin("u", "p");
  private static final byte[] DATA = new byte[1_500_000];

  @TempDir private Path directory;
  private ImageService service;
  private ImageApi api;

  /** The name of the method that fails. */
  private volatile String failing = "";

  /** How many calls of it succeed before. */
  private final AtomicInteger left = new AtomicInteger();

  /** Whether it does not fail by an exception, but by an error of this machine. */
  private volatile boolean isError;

  static {
    new Random(7).nextBytes(DATA);
    DATA[510] = 0;
  }

  @BeforeEach
  void begin() throws IOException {
    LOG.setLevel(Level.OFF);
    HookedCalls hooked =
        new HookedCalls(
            method -> {
              if (method.equals(failing) && left.getAndDecrement() <= 0) {
                if (isError) {
                  throw new StackOverflowError("as if");
                }
                throw new IOException("/secret/place: Input/output error");
              }
            },
            HookedCalls.NOTHING);
    Catalogue catalogue = FileCatalogue.open(directory.resolve("catalogue"));
    service =
        ImageService.open(
            hooked.wrap(Catalogue.class, catalogue),
            hooked.wrap(BlobStore.class, FileBlobStore.open(directory)),
            ServiceLimits.usual());
    api = new ImageApi(service, new Everybody(CALLER));
  }

  @AfterEach
  void end() throws IOException {
    failing = "";
    service.close();
    LOG.setLevel(null);
  }

  /** Something that is done with a server. */
  private interface Use {
    void of(ApiClient client) throws IOException;
  }

  private void serve(String kind, Use use) throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (AutoCloseable server =
        kind.equals("jdk")
            ? ImageServer.start(any, api)
            : JettyImageServer.start(any, api, ServerOptions.usual())) {
      URI uri = server instanceof ImageServer jdk ? jdk.uri() : ((JettyImageServer) server).uri();
      try (ApiClient client = new ApiClient(uri, "t")) {
        use.of(client);
      }
    }
  }

  private String create() throws IOException {
    ImageAttributes raw = ImageAttributes.of("p").diskFormat("raw").containerFormat("bare").build();
    return service.create(CALLER, null, raw).id();
  }

  private String upload() throws IOException {
    String id = create();
    var _ = service.upload(CALLER, id, new ByteArrayInputStream(DATA), DATA.length);
    return id;
  }

  /** An error is answered, unless a part of the answer was sent: then the connection breaks off. */
  private static void assertFails(ApiClient client, String path) {
    try {
      assertEquals(500, client.get(path).status());
    } catch (IOException e) {
      // It broke off.
    }
  }

  private Path file(String id) throws IOException {
    String blob = service.get(CALLER, id).data().blob();
    return directory.resolve("blobs").resolve(blob.substring(0, 2)).resolve(blob);
  }

  /** Nobody must take a part for the whole. */
  @ParameterizedTest
  @ValueSource(strings = {"jdk", "jetty"})
  void aDownloadThatBreaksOffIsNoneThatEnds(String kind) throws Exception {
    String id = upload();
    failing = "read";
    serve(
        kind,
        client -> {
          String path = "/v2/images/" + id + "/file";
          left.set(3);
          assertThrows(IOException.class, () -> client.get(path));
          left.set(1);
          assertFails(client, path + "?format=raw");
          // Of which the length is not known before, and which is read twice.
          left.set(3);
          assertFails(client, path + "?format=qcow2");
          failing = "";
          assertArrayEquals(DATA, client.get(path).body());
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdk", "jetty"})
  void dataThatIsCutShortOrMissingIsNotSent(String kind) throws Exception {
    String id = upload();
    try (SeekableByteChannel channel = Files.newByteChannel(file(id), StandardOpenOption.WRITE)) {
      var _ = channel.truncate(800_000);
    }
    serve(
        kind,
        client -> {
          String path = "/v2/images/" + id + "/file";
          for (String query : new String[] {"", "?format=raw", "?format=qcow2"}) {
            ApiClient.Answer answer = client.get(path + query);
            assertEquals(503, answer.status());
            assertTrue(answer.text().contains("800000 bytes"), answer.text());
          }
          Files.delete(file(id));
          assertEquals(503, client.get(path).status());
          assertEquals("active", client.get("/v2/images/" + id).json().get("status").getAsString());
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdk", "jetty"})
  void whatFailsIsSaidAndTriedAgain(String kind) throws Exception {
    serve(
        kind,
        client -> {
          for (String method : new String[] {"begin", "write", "complete", "open", "replace"}) {
            String id = method.equals("open") ? upload() : create();
            String path = "/v2/images/" + id + "/file";
            failing = method;
            ApiClient.Answer answer =
                method.equals("open") ? client.get(path) : client.upload(id, DATA);
            assertEquals(500, answer.status(), method);
            assertTrue(answer.text().contains("incapable of performing"), answer.text());
            assertFalse(answer.text().contains("secret"), answer.text());
            failing = "";
            if (!method.equals("open")) {
              assertEquals(204, client.upload(id, DATA).status(), method);
            }
            assertArrayEquals(DATA, client.get(path).body());
            assertEquals(204, client.delete("/v2/images/" + id).status());
            assertEquals(0, files(), method);
          }
        });
  }

  /** Who waits for an answer that never comes waits for ever. */
  @Timeout(60)
  @ParameterizedTest
  @ValueSource(strings = {"jdk", "jetty"})
  void anErrorEndsTheRequest(String kind) throws Exception {
    String id = upload();
    isError = true;
    serve(
        kind,
        client -> {
          String path = "/v2/images/" + id + "/file";
          failing = "open";
          assertEquals(500, client.get(path).status());
          failing = "read";
          for (String query : new String[] {"", "?format=raw", "?format=qcow2"}) {
            assertFails(client, path + query);
          }
          failing = "";
          assertArrayEquals(DATA, client.get(path).body());
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdk", "jetty"})
  void aTokenThatExpiresMeanwhileEndsNoUpload(String kind) throws Exception {
    String id = create();
    AtomicInteger questions = new AtomicInteger();
    api =
        new ImageApi(
            service,
            credentials ->
                questions.getAndIncrement() == 0 ? Optional.of(CALLER) : Optional.empty());
    serve(
        kind,
        client -> {
          assertEquals(204, client.upload(id, DATA).status());
          assertEquals(401, client.get("/v2/images/" + id).status());
        });
    assertEquals(DATA.length, service.get(CALLER, id).data().size());
  }

  private long files() throws IOException {
    long count = 0;
    for (String part : new String[] {"blobs", "incoming"}) {
      try (Stream<Path> all = Files.walk(directory.resolve(part))) {
        count += all.filter(Files::isRegularFile).count();
      }
    }
    return count;
  }
}
