package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.ADMIN;
import static io.diskformat.imageservice.ServiceFixture.OTHER;
import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.hex;
import static io.diskformat.imageservice.ServiceFixture.open;
import static io.diskformat.imageservice.ServiceFixture.qcow2;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.ReferencePolicy;
import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.testing.Oracle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

final class ImageServiceTest {
  @TempDir private Path directory;
  @TempDir private Path scratch;
  private ImageService service;

  @BeforeEach
  void begin() throws IOException {
    service = open(directory);
  }

  @AfterEach
  void end() throws IOException {
    service.close();
  }

  private static void refused(Problem problem, Executable executable) {
    ImageServiceException e = assertThrows(ImageServiceException.class, executable);
    assertEquals(problem, e.problem(), e.getMessage());
  }

  @Test
  void dataIsStoredAsItCameAndSurvivesTheService() throws IOException {
    byte[] image = qcow2(scratch, 64 << 20, new Random(1));
    String id = create(service, OWNER, "qcow2").id();
    ImageRecord active = upload(service, OWNER, id, image);
    assertEquals(ImageStatus.ACTIVE, active.status());
    StoredData data = active.data();
    assertEquals(image.length, data.size());
    assertEquals(64 << 20, data.virtualSize());
    assertEquals(hex("MD5", image), data.md5());
    assertEquals(hex("SHA-512", image), data.sha512());
    service.close();
    service = open(directory);
    assertEquals(active, service.get(OWNER, id));
    assertArrayEquals(image, content(service, OWNER, id));
  }

  @Test
  void zeroesAreHoles() throws IOException {
    byte[] image = new byte[32 << 20];
    new Random(2).nextBytes(image);
    Arrays.fill(image, 1 << 20, 31 << 20, (byte) 0);
    image[510] = 0;
    String id = create(service, OWNER, "raw").id();
    String blob = upload(service, OWNER, id, image).data().blob();
    assertArrayEquals(image, content(service, OWNER, id));
    Path file = directory.resolve("blobs").resolve(blob.substring(0, 2)).resolve(blob);
    Oracle.Result stored = Oracle.of("stat").run("-c", "%b", file).orFail();
    long bytes = 512 * Long.parseLong(stored.output().trim());
    assertTrue(bytes < 4 << 20, () -> "stored: " + bytes);
  }

  @Test
  void dataThatIsNotWhatWasSaidIsRefusedAndLeavesNothing() throws IOException {
    String id = create(service, OWNER, "qcow2").id();
    byte[] noise = random(8 << 20, 3);
    CountingStream body = new CountingStream(noise);
    refused(Problem.UNSUPPORTED, () -> service.upload(OWNER, id, body, noise.length));
    assertTrue(body.read < 1 << 20, () -> "read: " + body.read);
    ImageRecord queued = service.get(OWNER, id);
    assertEquals(ImageStatus.QUEUED, queued.status());
    assertNull(queued.data());
    assertEquals(0, files(directory));
    // Where the original answers a second attempt with an error, this one succeeds.
    byte[] image = qcow2(scratch, 1 << 20, new Random(3));
    assertEquals(ImageStatus.ACTIVE, upload(service, OWNER, id, image).status());
  }

  @Test
  void whereFormatsNeedNotMatchDataMustStillBeSafe() throws IOException {
    service.close();
    service = LocalImageService.open(directory, ServiceLimits.usual().withoutFormats());
    String id = create(service, OWNER, "qcow2").id();
    byte[] noise = random(100_000, 13);
    assertEquals(100_352, upload(service, OWNER, id, noise).data().virtualSize());
    Path child = scratch.resolve("child.qcow2");
    DiskImages.create(
        child,
        CreateOptions.format("qcow2")
            .size(1 << 20)
            .option("data_file", "child.data")
            .references(ReferencePolicy.sameDirectory()));
    String other = create(service, OWNER, "raw").id();
    byte[] image = Files.readAllBytes(child);
    refused(Problem.UNSUPPORTED, () -> upload(service, OWNER, other, image));
  }

  @Test
  void imagesThatNeedOtherFilesAreRefused() throws IOException {
    Path base = scratch.resolve("base.qcow2");
    Path child = scratch.resolve("child.qcow2");
    DiskImages.create(base, CreateOptions.format("qcow2").size(1 << 20));
    DiskImages.create(
        child,
        CreateOptions.format("qcow2")
            .option("backing_file", "base.qcow2")
            .option("backing_fmt", "qcow2"));
    String id = create(service, OWNER, "qcow2").id();
    byte[] image = Files.readAllBytes(child);
    ImageServiceException e =
        assertThrows(ImageServiceException.class, () -> upload(service, OWNER, id, image));
    assertTrue(e.getMessage().contains("qcow2.backing-file"), e.getMessage());
  }

  @Test
  void cutShortIsRefused() throws IOException {
    byte[] image = qcow2(scratch, 64 << 20, new Random(4));
    String id = create(service, OWNER, "qcow2").id();
    byte[] cut = Arrays.copyOf(image, image.length / 2);
    refused(Problem.UNSUPPORTED, () -> upload(service, OWNER, id, cut));
    assertEquals(0, files(directory));
  }

  @Test
  void anotherLengthThanAnnouncedIsRefused() throws IOException {
    String id = create(service, OWNER, "raw").id();
    byte[] data = random(300_000, 5);
    for (long announced : new long[] {0, 299_999, 300_001, 1 << 30}) {
      Problem problem = announced < data.length ? Problem.TOO_LARGE : Problem.INVALID;
      refused(problem, () -> service.upload(OWNER, id, new ByteArrayInputStream(data), announced));
      assertEquals(0, files(directory));
    }
    assertEquals(
        300_000, service.upload(OWNER, id, new ByteArrayInputStream(data), -1).data().size());
  }

  @Test
  void limitsAreKept() throws IOException {
    service.close();
    ServiceLimits usual = ServiceLimits.usual();
    service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")),
            FileBlobStore.open(directory),
            new ServiceLimits(1 << 20, 8 << 20, usual.reserve(), 3, usual.lease(), true));
    String raw = create(service, OWNER, "raw").id();
    byte[] data = random((1 << 20) + 512, 6);
    refused(Problem.TOO_LARGE, () -> upload(service, OWNER, raw, data));
    refused(
        Problem.TOO_LARGE, () -> service.upload(OWNER, raw, new ByteArrayInputStream(data), -1));
    String qcow2 = create(service, OWNER, "qcow2").id();
    byte[] large = qcow2(scratch, 16 << 20, new Random(6));
    refused(Problem.UNSUPPORTED, () -> upload(service, OWNER, qcow2, large));
    refused(
        Problem.TOO_LARGE,
        () ->
            service.update(
                OWNER,
                raw,
                image -> {
                  ImageAttributes.Builder builder = image.attributes().toBuilder();
                  boolean _ = builder.tags().addAll(List.of("a", "b", "c", "d"));
                  return builder.build();
                }));
    assertEquals(0, files(directory));
  }

  @Test
  void aStoreWithoutRoomRefusesAndTakesNothing() throws IOException {
    service.close();
    ServiceLimits usual = ServiceLimits.usual();
    service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")),
            FileBlobStore.open(directory),
            new ServiceLimits(1L << 40, 1L << 44, Long.MAX_VALUE, 128, usual.lease(), true));
    String id = create(service, OWNER, "raw").id();
    refused(Problem.TOO_LARGE, () -> upload(service, OWNER, id, random(4096, 7)));
    refused(
        Problem.TOO_LARGE,
        () -> service.upload(OWNER, id, new ByteArrayInputStream(random(4096, 7)), -1));
    assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
    assertEquals(0, files(directory));
  }

  @Test
  void aFailingBodyLeavesNothing() throws IOException {
    String id = create(service, OWNER, "raw").id();
    InputStream body =
        new InputStream() {
          private int count;

          @Override
          public int read() throws IOException {
            if (count++ > 3_000_000) {
              throw new IOException("the client is gone");
            }
            return count & 0xff;
          }
        };
    IOException e = assertThrows(IOException.class, () -> service.upload(OWNER, id, body, -1));
    assertEquals("the client is gone", e.getMessage());
    assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
    assertEquals(0, files(directory));
  }

  @Test
  void oneUploadAtATimeAndNoneIntoADeletedImage() throws Exception {
    String id = create(service, OWNER, "raw").id();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    byte[] data = random(400_000, 8);
    InputStream body =
        new ByteArrayInputStream(data) {
          @Override
          public synchronized int read(byte[] bytes, int offset, int length) {
            int count = super.read(bytes, offset, length);
            if (count < 0) {
              begun.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
            return count;
          }
        };
    Exception[] thrown = new Exception[1];
    Thread upload =
        Thread.ofVirtual()
            .start(() -> {
              try {
                var _ = service.upload(OWNER, id, body, -1);
              } catch (IOException e) {
                thrown[0] = e;
              }
            });
    begun.await();
    refused(Problem.CONFLICT, () -> upload(service, OWNER, id, data));
    assertTrue(service.open(OWNER, id).isEmpty());
    service.delete(OWNER, id);
    goOn.countDown();
    upload.join();
    assertEquals(Problem.GONE, ((ImageServiceException) thrown[0]).problem());
    assertEquals(0, files(directory));
  }

  @Test
  void aDeletedImageIsReadToItsEndAndItsIdIsNotUsedAgain() throws IOException {
    String id = create(service, OWNER, "raw").id();
    byte[] data = random(700_000, 9);
    upload(service, OWNER, id, data);
    try (ImageContent content = service.open(OWNER, id).orElseThrow()) {
      service.delete(OWNER, id);
      ByteBuffer all = ByteBuffer.allocate(data.length);
      while (all.hasRemaining() && content.channel().read(all) >= 0) {
        // All of it.
      }
      assertArrayEquals(data, all.array());
    }
    assertEquals(0, files(directory));
    refused(Problem.NOT_FOUND, () -> service.get(OWNER, id));
    ImageAttributes attributes = ImageAttributes.of("p1").build();
    refused(Problem.CONFLICT, () -> service.create(OWNER, id, attributes));
    service.close();
    service = open(directory);
    refused(Problem.CONFLICT, () -> service.create(OWNER, id, attributes));
  }

  private static ImageAttributes with(ImageRecord image, String name, String value) {
    ImageAttributes.Builder builder = image.attributes().toBuilder();
    builder.properties().put(name, value);
    return builder.build();
  }

  @Test
  void theValueOfAPropertyIsNotOfAnyLength() throws IOException {
    String id = create(service, OWNER, "raw").id();
    String longest = "x".repeat(65_535);
    service.update(OWNER, id, image -> with(image, "a", longest));
    refused(
        Problem.INVALID, () -> service.update(OWNER, id, image -> with(image, "b", longest + "x")));
    assertEquals(Set.of("a"), service.get(OWNER, id).attributes().properties().keySet());
  }

  @Test
  void whoSeesAndChangesWhat() throws IOException {
    String id = create(service, OWNER, "raw").id();
    refused(Problem.NOT_FOUND, () -> service.get(OTHER, id));
    refused(Problem.NOT_FOUND, () -> service.delete(OTHER, id));
    refused(Problem.FORBIDDEN, () -> create(service, Caller.reader("r", "p1"), "raw"));
    Caller reader = Caller.reader("r", "p1");
    assertEquals(id, service.get(reader, id).id());
    refused(Problem.FORBIDDEN, () -> service.delete(reader, id));
    ImageService.Change publish =
        image -> image.attributes().toBuilder().visibility(Visibility.PUBLIC).build();
    refused(Problem.FORBIDDEN, () -> service.update(OWNER, id, publish));
    service.sharing().add(OWNER, id, "p2");
    assertEquals(id, service.get(OTHER, id).id());
    assertTrue(service.list(OTHER, ImageQuery.usual()).isEmpty());
    service.sharing().answer(OTHER, id, "p2", ImageMember.Status.ACCEPTED);
    assertEquals(1, service.list(OTHER, ImageQuery.usual()).size());
    refused(Problem.FORBIDDEN, () -> service.delete(OTHER, id));
    service.sharing().remove(OWNER, id, "p2");
    refused(Problem.NOT_FOUND, () -> service.get(OTHER, id));
    service.update(ADMIN, id, publish);
    assertEquals(id, service.get(OTHER, id).id());
    refused(Problem.FORBIDDEN, () -> service.delete(OTHER, id));
    // An image that an admin has made public stays its owner's.
    ImageService.Change rename =
        image -> image.attributes().toBuilder().name("another name").build();
    assertEquals("another name", service.update(OWNER, id, rename).attributes().name());
    service.update(
        OWNER, id, image -> image.attributes().toBuilder().visibility(Visibility.PRIVATE).build());
    refused(Problem.FORBIDDEN, () -> service.update(OWNER, id, publish));
  }

  @Test
  void protectedAndDeactivated() throws IOException {
    String id = create(service, OWNER, "raw").id();
    byte[] data = random(10_000, 10);
    upload(service, OWNER, id, data);
    service.update(OWNER, id, image -> image.attributes().toBuilder().isProtected(true).build());
    refused(Problem.FORBIDDEN, () -> service.delete(OWNER, id));
    service.setActive(OWNER, id, false);
    refused(Problem.FORBIDDEN, () -> service.open(OWNER, id));
    assertArrayEquals(data, content(service, ADMIN, id));
    service.setActive(OWNER, id, true);
    assertArrayEquals(data, content(service, OWNER, id));
  }

  @Test
  void stagedDataIsImported() throws IOException {
    String id = create(service, OWNER, "raw").id();
    refused(Problem.CONFLICT, () -> service.importStaged(OWNER, id));
    byte[] data = random(10_000, 11);
    ImageRecord staged = service.stage(OWNER, id, new ByteArrayInputStream(data), -1);
    assertEquals(ImageStatus.UPLOADING, staged.status());
    assertTrue(service.open(OWNER, id).isEmpty());
    service.close();
    service = open(directory);
    assertEquals(ImageStatus.ACTIVE, service.importStaged(OWNER, id).status());
    assertArrayEquals(data, content(service, OWNER, id));
    assertEquals(1, service.get(OWNER, id).tasks().size());
  }

  @Test
  void pagesHaveEachImageOnceAlsoWhileSomeAreDeleted() throws IOException {
    for (int i = 0; i < 50; i++) {
      create(service, OWNER, "raw");
    }
    ImageQuery query = ImageQuery.usual().limit(7);
    List<ImageRecord> page = service.list(OWNER, query);
    Set<String> seen = new HashSet<>();
    while (!page.isEmpty()) {
      for (ImageRecord image : page) {
        assertTrue(seen.add(image.id()));
      }
      service.delete(OWNER, page.getLast().id());
      page = service.list(OWNER, query.after(page.getLast().id()));
    }
    assertEquals(50, seen.size());
  }

  @Test
  void onlyOneServiceHasADirectory() {
    assertThrows(IOException.class, () -> open(directory));
  }

  @Test
  void aBlobThatIsMissingIsNotAnEmptyImage() throws IOException {
    String id = create(service, OWNER, "raw").id();
    String blob = upload(service, OWNER, id, random(1000, 12)).data().blob();
    Files.delete(directory.resolve("blobs").resolve(blob.substring(0, 2)).resolve(blob));
    refused(Problem.UNAVAILABLE, () -> service.open(OWNER, id));
    assertFalse(service.list(OWNER, ImageQuery.usual()).isEmpty());
  }

  /** Counts what was read of it. */
  private static final class CountingStream extends ByteArrayInputStream {
    private int read;

    CountingStream(byte[] bytes) {
      super(bytes);
    }

    @Override
    public synchronized int read(byte[] bytes, int offset, int length) {
      int count = super.read(bytes, offset, length);
      read += Math.max(0, count);
      return count;
    }
  }
}
