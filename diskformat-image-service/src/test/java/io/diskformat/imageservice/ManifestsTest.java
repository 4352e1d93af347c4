package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OTHER;
import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.OpenOptions;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manifests of the disks in images, and what checks say by them. */
final class ManifestsTest {
  private static final int BLOCK = 64 << 10;
  private static final int SIZE = 3 << 20;
  private static final String HASH = "os_diskformat_content_hash";
  private static final Logger LOG = Logger.getLogger("io.diskformat.imageservice");

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  @TempDir private Path scratch;
  private final FaultyStore faults = new FaultyStore();
  private final AtomicInteger opened = new AtomicInteger();
  private ImageService service;

  @BeforeEach
  void begin() throws IOException {
    LOG.setLevel(Level.OFF);
    service = open(ServiceLimits.usual().hashingContent());
  }

  @AfterEach
  void end() throws IOException {
    service.close();
    LOG.setLevel(null);
  }

  private ImageService open(ServiceLimits limits) throws IOException {
    HookedCalls counted =
        new HookedCalls(
            method -> {
              if (method.equals("open")) {
                opened.incrementAndGet();
              }
            },
            HookedCalls.NOTHING);
    BlobStore store = faults.of(BlobStore.class, FileBlobStore.open(directory));
    return ImageService.open(
        FileCatalogue.open(directory.resolve("catalogue")),
        BlobStores.of("one", counted.wrap(BlobStore.class, store), "")
            .with("two", FileBlobStore.open(directory.resolve("two")), ""),
        limits);
  }

  private Path file(String blob) {
    return directory.resolve("blobs").resolve(blob.substring(0, 2)).resolve(blob);
  }

  /** Some data, zeroes, and some data at the end. */
  private static byte[] disk() {
    byte[] disk = new byte[SIZE];
    System.arraycopy(random(900_000, 1), 0, disk, 0, 900_000);
    System.arraycopy(random(300_000, 2), 0, disk, SIZE - 300_000, 300_000);
    return disk;
  }

  private Path raw() throws IOException {
    return Files.write(scratch.resolve("disk"), disk());
  }

  /** Returns an image whose data is in the order of its disk. */
  private byte[] image(CreateOptions options) throws IOException {
    Path made = scratch.resolve("made");
    try (DiskImage disk = DiskImages.open(raw(), OpenOptions.readOnly().format("raw"));
        FileChannel channel =
            FileChannel.open(made, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      Conversion.from(disk).to(channel, options).run();
    }
    byte[] bytes = Files.readAllBytes(made);
    Files.delete(made);
    return bytes;
  }

  /** Returns an image whose data is in the opposite order. */
  private byte[] backwards() throws IOException {
    byte[] disk = disk();
    Path made = scratch.resolve("backwards");
    DiskImages.create(
        made,
        CreateOptions.format("qcow2").size(SIZE),
        image -> {
          for (int at = SIZE - BLOCK; at >= 0; at -= BLOCK) {
            image.write(at, ByteBuffer.wrap(disk, at, BLOCK));
          }
        });
    byte[] bytes = Files.readAllBytes(made);
    Files.delete(made);
    return bytes;
  }

  private String expectedHash(ByteArrayOutputStream manifest) throws IOException {
    try (DiskImage disk = DiskImages.open(raw(), OpenOptions.readOnly().format("raw"))) {
      return ContentHash.sha256().of(disk, Channels.newChannel(manifest)).hex();
    }
  }

  private byte[] manifest(String id) throws IOException {
    try (SeekableByteChannel channel = service.stores().openManifest(OWNER, id).orElseThrow()) {
      return Channels.newInputStream(channel).readAllBytes();
    }
  }

  private String created(String format) throws IOException {
    return create(service, OWNER, format).id();
  }

  private void assertHashed(String what, String format, byte[] data, long size, int reads)
      throws IOException {
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    String hash = expectedHash(expected);
    String id = created(format);
    opened.set(0);
    ImageRecord image = service.upload(OWNER, id, new ByteArrayInputStream(data), size);
    assertEquals(reads, opened.get(), what + ": how often what was stored was read again");
    assertEquals(Map.of(HASH, hash), image.attributes().properties(), what);
    assertArrayEquals(expected.toByteArray(), manifest(id), what);
    assertEquals(Optional.empty(), service.check(OWNER, id).orElseThrow().damagedDisk());
    assertTrue(service.check(OWNER, id).orElseThrow().isIntact(), what);
    service.delete(OWNER, id);
    assertEquals(0, files(directory), what);
  }

  /** The same of each format, and of each way in which data comes. */
  @Test
  void theManifestIsMadeWhileDataArrives() throws IOException {
    byte[] raw = disk();
    assertHashed("raw", "raw", raw, raw.length, 0);
    byte[] qcow2 = image(CreateOptions.format("qcow2"));
    assertHashed("qcow2", "qcow2", qcow2, qcow2.length, 0);
    assertHashed("qcow2 of unknown size", "qcow2", qcow2, -1, 0);
    assertHashed("vdi", "vdi", image(CreateOptions.format("vdi")), -1, 0);
    byte[] vmdk = image(CreateOptions.format("vmdk").option("subformat", "streamOptimized"));
    assertHashed("vmdk", "vmdk", vmdk, -1, 0);
    // A manifest begins with the size of the disk, which only the end of these says.
    assertHashed("raw of unknown size", "raw", raw, -1, 1);
    assertHashed("backwards", "qcow2", backwards(), -1, 1);
  }

  /** A disk has whole sectors. */
  @Test
  void whatEndsWithinASectorGoesOnWithZeroes() throws IOException {
    for (int size : new int[] {1, 511, 512, 70_001, 2 * BLOCK - 1}) {
      byte[] data = random(Math.max(size, 1000), size);
      Path file = Files.write(scratch.resolve("odd"), Arrays.copyOf(data, size));
      ByteArrayOutputStream expected = new ByteArrayOutputStream();
      try (DiskImage disk = DiskImages.open(file, OpenOptions.readOnly().format("raw"))) {
        var _ = ContentHash.sha256().of(disk, Channels.newChannel(expected));
      }
      for (long announced : new long[] {size, -1}) {
        String id = created("raw");
        var _ = service.upload(OWNER, id, new ByteArrayInputStream(data, 0, size), announced);
        assertArrayEquals(expected.toByteArray(), manifest(id), size + " bytes");
        service.delete(OWNER, id);
      }
    }
  }

  @Test
  void convertedAndResumedUploadsHaveOneToo() throws IOException {
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    String hash = expectedHash(expected);
    byte[] qcow2 = image(CreateOptions.format("qcow2"));
    String converted = created("raw");
    var _ =
        service.upload(
            OWNER,
            converted,
            new ByteArrayInputStream(qcow2),
            qcow2.length,
            new UploadForm(false, "qcow2"));
    String resumed = created("qcow2");
    var _ = service.resumable().begin(OWNER, resumed, qcow2.length, StoreChoice.usual());
    var _ =
        service
            .resumable()
            .append(OWNER, resumed, 0, new ByteArrayInputStream(qcow2, 0, 200_000), false);
    var _ =
        service
            .resumable()
            .append(
                OWNER,
                resumed,
                200_000,
                new ByteArrayInputStream(qcow2, 200_000, qcow2.length - 200_000),
                true);
    for (String id : List.of(converted, resumed)) {
      assertEquals(hash, service.get(OWNER, id).attributes().properties().get(HASH));
      assertArrayEquals(expected.toByteArray(), manifest(id));
      service.delete(OWNER, id);
    }
    assertEquals(0, files(directory));
  }

  @Test
  void whatMakesNoSenseOrIsNotAskedForHasNone() throws IOException {
    String foreign = created("vhd");
    service.close();
    service = open(ServiceLimits.usual().withoutFormats().hashingContent());
    var _ = upload(service, OWNER, foreign, random(100_352, 1));
    String declared = created("qcow2");
    var _ = upload(service, OWNER, declared, random(100_352, 1));
    service.close();
    service = open(ServiceLimits.usual());
    String plain = created("raw");
    var _ = upload(service, OWNER, plain, random(100_352, 1));
    for (String id : List.of(foreign, declared, plain)) {
      assertEquals(ImageStatus.ACTIVE, service.get(OWNER, id).status());
      assertEquals(Map.of(), service.get(OWNER, id).attributes().properties());
      assertTrue(service.stores().openManifest(OWNER, id).isEmpty());
    }
    assertEquals(6, files(directory));
    String queued = created("raw");
    assertTrue(service.stores().openManifest(OWNER, queued).isEmpty());
    assertThrows(ImageServiceException.class, () -> service.stores().openManifest(OTHER, plain));
  }

  private static void flip(Path file, long position) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      assertEquals(1, channel.read(one, position));
      one.put(0, (byte) (one.get(0) ^ 0x10));
      assertEquals(1, channel.write(one.rewind(), position));
    }
  }

  private static long positionOf(Path file, long offset) throws IOException {
    try (DiskImage image = DiskImages.open(file, OpenOptions.readOnly().format("qcow2"))) {
      Extent extent = image.extents(offset, 1).next();
      return extent.hostOffset() + offset - extent.offset();
    }
  }

  private Optional<List<ImageReport.Range>> damagedBy(String id, Path file, long position)
      throws IOException {
    flip(file, position);
    ImageReport report = service.check(OWNER, id).orElseThrow();
    assertFalse(report.isIntact());
    flip(file, position);
    assertTrue(service.check(OWNER, id).orElseThrow().isIntact());
    return report.damagedDisk();
  }

  @Test
  void aCheckSaysWhichBytesOfTheDiskAreDamaged() throws IOException {
    String id = created("qcow2");
    Path file = file(upload(service, OWNER, id, backwards()).data().blob());
    for (long offset : new long[] {0, 5 * BLOCK + 17, 899_999, SIZE - 1}) {
      long start = offset / BLOCK * BLOCK;
      assertEquals(
          Optional.of(List.of(new ImageReport.Range(start, start + BLOCK))),
          damagedBy(id, file, positionOf(file, offset)));
    }
    // Behind the header's extensions is nothing.
    assertEquals(Optional.of(List.of()), damagedBy(id, file, 60_000));
    // Without its mark it is no image.
    assertEquals(Optional.of(List.of(new ImageReport.Range(0, SIZE))), damagedBy(id, file, 0));
  }

  @Test
  void aManifestThatIsDamagedIsNamedAndOneThatIsMissingIsNot() throws IOException {
    String id = created("qcow2");
    String blob = upload(service, OWNER, id, backwards()).data().blob();
    Path manifest = file(DiskManifests.name(blob));
    long size = Files.size(manifest);
    for (long position = 0; position < size; position += 61) {
      flip(manifest, position);
      assertEquals(
          List.of("Store one: The manifest of the disk is damaged"),
          service.check(OWNER, id).orElseThrow().problems(),
          "at " + position);
      flip(manifest, position);
    }
    Files.delete(manifest);
    assertTrue(service.check(OWNER, id).orElseThrow().isIntact());
    assertEquals(Optional.empty(), damagedBy(id, file(blob), positionOf(file(blob), 0)));
  }

  @Test
  void aCopyHasTheManifestToo() throws IOException, InterruptedException {
    String id = created("qcow2");
    var _ = upload(service, OWNER, id, backwards());
    byte[] manifest = manifest(id);
    var _ = service.stores().copy(OWNER, id, "", StoreChoice.of("two"));
    while (!service.stores().isIdle()) {
      Thread.sleep(1);
    }
    assertEquals(3, files(directory.resolve("two")));
    var _ = service.stores().delete(ServiceFixture.ADMIN, id, "one");
    assertEquals(0, files(directory));
    assertArrayEquals(manifest, manifest(id));
    service.delete(OWNER, id);
    assertEquals(0, files(directory.resolve("two")));
  }

  /** Of clients that are gone, however many, nothing is left that others would wait for. */
  @Test
  void whatBreaksOffLeavesNothing() throws IOException {
    byte[] qcow2 = image(CreateOptions.format("qcow2"));
    String id = created("qcow2");
    for (int i = 0; i < 40; i++) {
      byte[] part = Arrays.copyOf(qcow2, 1 + i * qcow2.length / 40);
      HookedBody broken =
          HookedBody.atTheEnd(
              part,
              () -> {
                throw new EOFException("the client is gone");
              });
      int size = i % 2 == 0 ? qcow2.length : -1;
      assertThrows(EOFException.class, () -> service.upload(OWNER, id, broken, size));
      assertEquals(0, files(directory));
      assertTrue(
          Thread.getAllStackTraces().keySet().stream()
              .noneMatch(thread -> thread.getName().equals("manifest of an upload")));
    }
    service.delete(OWNER, id);
    assertHashed("after those", "qcow2", qcow2, qcow2.length, 0);
  }

  @Test
  void anotherStoreHasTheManifestWhereOneFails() throws IOException, InterruptedException {
    String id = created("raw");
    var _ = upload(service, OWNER, id, disk());
    byte[] manifest = manifest(id);
    var _ = service.stores().copy(OWNER, id, "", StoreChoice.of("two"));
    while (!service.stores().isIdle()) {
      Thread.sleep(1);
    }
    faults.fail(0, true, false);
    assertArrayEquals(manifest, manifest(id));
    assertTrue(faults.heal() > 1, "the store was not asked for both");
  }

  /** The same bytes are another disk in another format. */
  @Test
  void whatIsSharedHasTheManifestOfItsOwnDisk() throws IOException {
    service.close();
    service = open(ServiceLimits.usual().withoutFormats().sharingBlobs().hashingContent());
    byte[] data = backwards();
    String raw = created("raw");
    var _ = upload(service, OWNER, raw, data);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    String hash = expectedHash(expected);
    for (int i = 0; i < 2; i++) {
      String id = created("qcow2");
      Path file = file(upload(service, OWNER, id, data).data().blob());
      assertEquals(hash, service.get(OWNER, id).attributes().properties().get(HASH));
      assertArrayEquals(expected.toByteArray(), manifest(id));
      assertEquals(
          Optional.of(List.of(new ImageReport.Range(0, BLOCK))),
          damagedBy(id, file, positionOf(file, 0)));
    }
    // Of the raw image, and of those that share.
    assertEquals(6, files(directory));
  }

  /** Each call of the store fails once; a manifest that cannot be kept is no failure. */
  @Test
  void whatFailsLeavesNothing() throws IOException {
    for (byte[] data : List.of(image(CreateOptions.format("qcow2")), backwards())) {
      boolean isDone = false;
      for (int call = 0; !isDone; call++) {
        String id = created("qcow2");
        faults.fail(call, false, call % 2 == 1);
        try {
          var _ = upload(service, OWNER, id, data);
        } catch (IOException e) {
          assertFalse(e instanceof ImageServiceException, e.toString());
        }
        isDone = faults.heal() <= call;
        ImageRecord image = service.get(OWNER, id);
        if (image.status() == ImageStatus.ACTIVE) {
          assertArrayEquals(data, content(service, OWNER, id), "call " + call);
          assertTrue(service.check(OWNER, id).orElseThrow().isIntact(), "call " + call);
          boolean has =
              service.stores().openManifest(OWNER, id).map(ManifestsTest::closed).isPresent();
          assertEquals(has ? 3 : 2, files(directory), "call " + call);
          assertTrue(has || !isDone);
          service.delete(OWNER, id);
        } else {
          assertEquals(ImageStatus.QUEUED, image.status(), "call " + call);
          assertNull(image.data());
          assertEquals(Map.of(), image.attributes().properties());
        }
        // What was begun although it failed, nobody can close: the store is swept for it.
        service.close();
        service = open(ServiceLimits.usual().hashingContent());
        assertEquals(0, files(directory), "call " + call);
        assertTrue(call < 100);
      }
    }
  }

  private static SeekableByteChannel closed(SeekableByteChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return channel;
  }
}
