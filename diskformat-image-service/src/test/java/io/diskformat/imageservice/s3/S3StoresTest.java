package io.diskformat.imageservice.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.BlobStore;
import io.diskformat.imageservice.BlobStores;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageContent;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.QuickDirectory;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.StoreChoice;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** A directory and a bucket as the stores of one service. */
final class S3StoresTest {
  private static final Caller ADMIN = Caller.admin("u", "p");

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  @TempDir(factory = QuickDirectory.class)
  private Path objects;

  private static String created(ImageService service) throws IOException {
    return service
        .create(
            ADMIN, null, ImageAttributes.of("p").diskFormat("raw").containerFormat("bare").build())
        .id();
  }

  private static byte[] content(ImageService service, String id, String store) throws IOException {
    try (ImageContent content = service.open(ADMIN, id, store).orElseThrow()) {
      return Channels.newInputStream(content.channel()).readAllBytes();
    }
  }

  @Test
  void imagesGoFromOneToTheOtherShareBlobsAndComeInParts()
      throws IOException, InterruptedException {
    byte[] data = new byte[(5 << 20) + 700_000];
    new Random(1).nextBytes(data);
    data[510] = 0;
    try (S3Proxy proxy = S3Proxy.start(objects);
        S3Client client = proxy.client()) {
      var _ = client.createBucket(request -> request.bucket("images"));
      BlobStore bucket = S3BlobStore.open(client, "images", "", 5 << 20);
      // As OpenStack's service says it of stores of the kind; nothing of keys.
      assertEquals(
          Map.of(
              "s3_store_large_object_size", 5 << 20,
              "s3_store_large_object_chunk_size", 5 << 20,
              "s3_store_thread_pools", 1),
          bucket.properties());
      BlobStore files = FileBlobStore.open(directory.resolve("files"));
      try (ImageService service =
          ImageService.open(
              FileCatalogue.open(directory.resolve("catalogue")),
              BlobStores.of("files", files, "").with("bucket", bucket, ""),
              ServiceLimits.usual().sharingBlobs())) {
        String id = created(service);
        var _ = service.resumable().begin(ADMIN, id, data.length, StoreChoice.of("bucket"));
        var _ =
            service
                .resumable()
                .append(ADMIN, id, 0, new ByteArrayInputStream(data, 0, 600_000), false);
        assertEquals(1, bucket.blobs().count());
        var _ =
            service
                .resumable()
                .append(
                    ADMIN,
                    id,
                    600_000,
                    new ByteArrayInputStream(data, 600_000, data.length - 600_000),
                    true);
        assertArrayEquals(data, content(service, id, ""));
        // Data, and checksums of it.
        assertEquals(2, bucket.blobs().count());
        var _ = service.stores().copy(ADMIN, id, "", new StoreChoice(List.of(), true, true));
        while (service.get(ADMIN, id).lease() != null) {
          Thread.sleep(2);
        }
        ImageRecord image = service.get(ADMIN, id);
        assertEquals(Set.of("bucket", "files"), image.data().blobs().keySet());
        assertArrayEquals(data, content(service, id, "files"));
        assertArrayEquals(data, content(service, id, "bucket"));
        assertTrue(service.check(ADMIN, id).orElseThrow().isIntact());
        String same = created(service);
        var _ = service.upload(ADMIN, same, new ByteArrayInputStream(data), data.length);
        assertEquals(2, files.blobs().count());
        var _ = service.stores().delete(ADMIN, id, "files");
        assertArrayEquals(data, content(service, same, ""));
        service.delete(ADMIN, same);
        assertEquals(0, files.blobs().count());
        assertArrayEquals(data, content(service, id, ""));
        service.delete(ADMIN, id);
        assertEquals(0, bucket.blobs().count());
      }
    }
  }
}
