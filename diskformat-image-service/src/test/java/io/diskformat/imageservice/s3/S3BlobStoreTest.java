package io.diskformat.imageservice.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.BlobStore;
import io.diskformat.imageservice.BlobStoreContract;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.DerivedImage;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageContent;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.KilledPlace;
import io.diskformat.imageservice.Kills;
import io.diskformat.imageservice.QuickDirectory;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.StoreDamage;
import io.diskformat.imageservice.UploadForm;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.testing.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

final class S3BlobStoreTest extends BlobStoreContract {
  private static final int PART = 5 << 20;

  @TempDir(factory = QuickDirectory.class)
  private static Path directory;

  private static S3Proxy proxy;
  private static S3Client client;

  @TempDir(factory = QuickDirectory.class)
  private Path records;

  private String bucket;

  @BeforeAll
  static void start() throws IOException {
    proxy = S3Proxy.start(directory);
    client = proxy.client();
  }

  @AfterAll
  static void stop() {
    if (proxy != null) {
      client.close();
      proxy.close();
    }
  }

  @Override
  protected BlobStore open() {
    bucket = "b-" + UUID.randomUUID();
    var _ = client.createBucket(request -> request.bucket(bucket));
    return S3BlobStore.open(client, bucket, "some/images", PART);
  }

  @Override
  protected int large() {
    return PART + 323_456;
  }

  @Test
  void objectsOfOthersAreLeftAlone() throws IOException {
    for (String key : new String[] {"x", "some/images/x", UUID.randomUUID().toString()}) {
      var _ =
          client.putObject(
              request -> request.bucket(bucket).key(key), RequestBody.fromString("hello"));
    }
    assertEquals(0, store.blobs().count());
  }

  @Test
  void aBlobIsNotReplaced() throws IOException {
    String name = UUID.randomUUID().toString();
    for (int i = 0; i < 2; i++) {
      try (BlobStore.Pending pending = store.begin(name)) {
        pending.write(ByteBuffer.allocate(10 + i));
        if (i == 0) {
          assertEquals(name, pending.complete());
        } else {
          assertThrows(IOException.class, pending::complete);
        }
      }
    }
    try (var channel = store.open(name)) {
      assertEquals(10, channel.size());
    }
  }

  /** A call that succeeds is made twice, as by a client that did not get its answer. */
  private BlobStore deafStore() {
    S3Client deaf =
        (S3Client)
            Proxy.newProxyInstance(
                S3Client.class.getClassLoader(),
                new Class<?>[] {S3Client.class},
                (_, method, arguments) -> {
                  try {
                    if (method.getName().equals("putObject")) {
                      Object _ = method.invoke(client, arguments);
                    }
                    return method.invoke(client, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    return S3BlobStore.open(deaf, bucket, "some/images", PART);
  }

  @Test
  void aBlobThatWasPutAlreadyIsTaken() throws IOException {
    for (int size : new int[] {0, 1, 1_000_000}) {
      String name = UUID.randomUUID().toString();
      byte[] data = new byte[size];
      new Random(size).nextBytes(data);
      try (BlobStore.Pending pending = deafStore().begin(name)) {
        pending.write(ByteBuffer.wrap(data));
        assertEquals(name, pending.complete());
      }
      try (var channel = store.open(name)) {
        assertArrayEquals(data, Channels.newInputStream(channel).readAllBytes());
      }
      for (int other : new int[] {size + 1, size == 0 ? 2 : size}) {
        byte[] wrong = Arrays.copyOf(data, other);
        wrong[other - 1] ^= 1;
        try (BlobStore.Pending pending = store.begin(name)) {
          pending.write(ByteBuffer.wrap(wrong));
          assertThrows(FileAlreadyExistsException.class, pending::complete);
        }
      }
    }
  }

  /** With the data of a service that was killed in it. */
  @Test
  void aServiceKeepsImagesInIt() throws IOException {
    String left = UUID.randomUUID().toString();
    BlobStore.Pending killed = store.begin(left);
    killed.write(ByteBuffer.allocate(PART + 1));
    assertEquals(List.of(left), store.uploads().toList());
    byte[] data = new byte[700_000];
    new Random(1).nextBytes(data);
    data[510] = 0;
    Caller caller = Caller.member("u", "p");
    try (ImageService service =
        ImageService.open(FileCatalogue.open(records), store, ServiceLimits.usual())) {
      assertEquals(0, store.uploads().count());
      ImageAttributes attributes =
          ImageAttributes.of("p").diskFormat("raw").containerFormat("bare").build();
      String id = service.create(caller, null, attributes).id();
      assertThrows(
          IOException.class,
          () -> service.upload(caller, id, new ByteArrayInputStream(data), data.length + 1));
      assertEquals(0, store.blobs().count());
      var _ = service.upload(caller, id, new ByteArrayInputStream(data), data.length);
      try (ImageContent content = service.open(caller, id).orElseThrow()) {
        assertArrayEquals(data, Channels.newInputStream(content.channel()).readAllBytes());
      }
      assertTrue(service.check(caller, id).orElseThrow().isIntact());
      ByteArrayOutputStream derived = new ByteArrayOutputStream();
      try (DerivedImage image = service.openAs(caller, id, "qcow2").orElseThrow()) {
        image.writeTo(Channels.newChannel(derived));
      }
      String other = service.create(caller, null, attributes).id();
      var _ =
          service.upload(
              caller,
              other,
              new ByteArrayInputStream(derived.toByteArray()),
              -1,
              new UploadForm(false, "qcow2"));
      try (ImageContent content = service.open(caller, other).orElseThrow()) {
        assertArrayEquals(
            data,
            Arrays.copyOf(Channels.newInputStream(content.channel()).readAllBytes(), 700_000));
      }
      service.delete(caller, id);
      service.delete(caller, other);
      assertEquals(0, store.blobs().count());
    }
  }

  @Test
  void everyDamageIsFound() throws IOException {
    StoreDamage.Objects objects =
        new StoreDamage.Objects() {
          private String key(String blob) {
            return "some/images/" + blob;
          }

          @Override
          public byte[] read(String blob) {
            return client
                .getObjectAsBytes(request -> request.bucket(bucket).key(key(blob)))
                .asByteArray();
          }

          @Override
          public void write(String blob, byte[] bytes) {
            var _ =
                client.putObject(
                    request -> request.bucket(bucket).key(key(blob)), RequestBody.fromBytes(bytes));
          }

          @Override
          public void delete(String blob) {
            var _ = client.deleteObject(request -> request.bucket(bucket).key(key(blob)));
          }
        };
    try (ImageService service =
        ImageService.open(FileCatalogue.open(records), store, ServiceLimits.usual())) {
      new StoreDamage(service, objects, new Random(Seeds.of(S3BlobStoreTest.class))).run(12);
    }
    assertEquals(0, store.blobs().count());
  }

  @Test
  void aServiceThatIsKilledLosesNothing() throws IOException {
    String uri = "s3://" + bucket + "/kills?endpoint=" + proxy.endpoint();
    S3Proxy.giveKeys();
    try {
      new Kills(records, List.of(new KilledPlace(records, "file", uri))).run(1);
    } finally {
      S3Proxy.takeKeys();
    }
  }

  @Test
  void aBucketThatIsMissingIsNamed() {
    BlobStore missing = S3BlobStore.open(client, "missing-bucket", "", PART);
    IOException e = assertThrows(IOException.class, missing::blobs);
    assertEquals("s3://missing-bucket/", e.getMessage());
  }

  @Test
  void onlyItsUrisAreTaken() {
    for (String uri :
        new String[] {"http://b/p", "s3:b", "s3://b/p?key=1", "s3://b/p?endpoint", "s3:///p"}) {
      assertThrows(IllegalArgumentException.class, () -> S3BlobStore.open(URI.create(uri)));
    }
  }
}
