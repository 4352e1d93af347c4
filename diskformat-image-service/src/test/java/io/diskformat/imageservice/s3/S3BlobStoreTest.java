package io.diskformat.imageservice.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.imageservice.BlobStore;
import io.diskformat.imageservice.BlobStoreContract;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

final class S3BlobStoreTest extends BlobStoreContract {
  private static final int PART = 5 << 20;

  @TempDir private static Path directory;
  private static S3Proxy proxy;
  private static S3Client client;
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
