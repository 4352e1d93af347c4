package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.Conversion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Data that is stored in another form than that in which it comes. */
final class ConvertedUploadTest {
  private static final int SIZE = 6 << 20;
  private static final int MOST = 16 << 20;

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  @TempDir private Path scratch;
  private ImageService service;

  @BeforeEach
  void begin() throws IOException {
    ServiceLimits usual = ServiceLimits.usual();
    service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")),
            FileBlobStore.open(directory),
            new ServiceLimits(MOST, 1L << 44, usual.reserve(), 128, usual.lease(), true));
  }

  @AfterEach
  void end() throws IOException {
    service.close();
  }

  private static byte[] disk() {
    byte[] disk = new byte[SIZE];
    System.arraycopy(random(900_000, 1), 0, disk, 0, 900_000);
    System.arraycopy(random(900_000, 2), 0, disk, 4 << 20, 900_000);
    return disk;
  }

  private byte[] image(String format) throws IOException {
    Path raw = Files.write(scratch.resolve("disk"), disk());
    Path file = scratch.resolve("made");
    CreateOptions options = CreateOptions.format(format);
    // In one pass, as an image whose data is in another order than its disk cannot be read in one.
    try (DiskImage disk = DiskImages.open(raw, OpenOptions.readOnly().format("raw"));
        FileChannel made =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      Conversion.from(disk)
          .to(
              made,
              format.equals("vmdk") ? options.option("subformat", "streamOptimized") : options)
          .run();
    }
    byte[] bytes = Files.readAllBytes(file);
    Files.delete(file);
    return bytes;
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private ImageRecord upload(String id, byte[] data, UploadForm form) throws IOException {
    return service.upload(OWNER, id, new ByteArrayInputStream(data), data.length, form);
  }

  private void assertStored(String format, byte[] data, UploadForm form, byte[] expected)
      throws IOException {
    String id = create(service, OWNER, format).id();
    ImageRecord image = upload(id, data, form);
    assertEquals(ImageStatus.ACTIVE, image.status());
    assertEquals(SIZE, image.data().virtualSize());
    byte[] stored = content(service, OWNER, id);
    if (format.equals("vmdk")) {
      Path file = Files.write(scratch.resolve("stored"), stored);
      Path raw = Files.write(scratch.resolve("raw"), expected);
      Oracle.Result _ = Oracle.qemuImg("compare", "-f", "raw", "-F", format, raw, file).orFail();
    } else {
      assertArrayEquals(expected, stored);
    }
    assertTrue(service.check(OWNER, id).orElseThrow().isIntact());
  }

  @Test
  void whatComesIsConverted() throws IOException {
    byte[] disk = disk();
    assertStored("raw", image("qcow2"), new UploadForm(false, "qcow2"), disk);
    assertStored("raw", image("vdi"), new UploadForm(false, "vdi"), disk);
    assertStored("raw", image("vmdk"), new UploadForm(false, "vmdk"), disk);
    assertStored("raw", gzip(image("qcow2")), new UploadForm(true, "qcow2"), disk);
    assertStored("raw", gzip(disk), new UploadForm(true, null), disk);
    byte[] qcow2 = image("qcow2");
    assertStored("qcow2", gzip(qcow2), new UploadForm(true, null), qcow2);
    assertStored("vmdk", image("qcow2"), new UploadForm(false, "qcow2"), disk);
    assertStored("raw", disk, new UploadForm(false, null), disk);
  }

  private void refused(Problem problem, String format, byte[] data, UploadForm form)
      throws IOException {
    String id = create(service, OWNER, format).id();
    ImageServiceException e =
        assertThrows(ImageServiceException.class, () -> upload(id, data, form));
    assertEquals(problem, e.problem(), e.getMessage());
    ImageRecord queued = service.get(OWNER, id);
    assertEquals(ImageStatus.QUEUED, queued.status());
    service.delete(OWNER, id);
    assertEquals(0, files(directory));
  }

  @Test
  void whatCannotBeConvertedIsRefusedAndLeavesNothing() throws IOException {
    UploadForm qcow2 = new UploadForm(false, "qcow2");
    byte[] image = image("qcow2");
    refused(Problem.INVALID, "qcow2", image, new UploadForm(false, "raw"));
    refused(Problem.INVALID, "raw", image, new UploadForm(false, "vhd"));
    refused(Problem.UNSUPPORTED, "raw", random(5_000_000, 3), qcow2);
    refused(Problem.UNSUPPORTED, "raw", Arrays.copyOf(image, image.length - 100_000), qcow2);
    refused(Problem.UNSUPPORTED, "raw", new byte[0], qcow2);
    refused(Problem.UNSUPPORTED, "raw", image, new UploadForm(true, null));
    byte[] zipped = gzip(image);
    refused(
        Problem.UNSUPPORTED,
        "qcow2",
        Arrays.copyOf(zipped, zipped.length - 9),
        new UploadForm(true, null));
    Path child = scratch.resolve("child");
    DiskImages.create(scratch.resolve("base"), CreateOptions.format("qcow2").size(SIZE));
    DiskImages.create(
        child,
        CreateOptions.format("qcow2")
            .option("backing_file", "base")
            .option("backing_fmt", "qcow2"));
    refused(Problem.UNSUPPORTED, "raw", Files.readAllBytes(child), qcow2);
  }

  @Test
  void whatGrowsBeyondTheLimitIsRefused() throws IOException {
    refused(Problem.TOO_LARGE, "raw", gzip(new byte[2 * MOST]), new UploadForm(true, null));
    Path large = scratch.resolve("large");
    DiskImages.create(large, CreateOptions.format("qcow2").size(1L << 40));
    refused(Problem.TOO_LARGE, "raw", Files.readAllBytes(large), new UploadForm(false, "qcow2"));
  }

  /** An upload that is read, or stored, by a thread that ends with an error. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void anErrorEndsAnUpload() throws IOException {
    String id = create(service, OWNER, "raw").id();
    InputStream body =
        new InputStream() {
          @Override
          public int read() {
            throw new OutOfMemoryError("as if");
          }
        };
    IOException e =
        assertThrows(
            IOException.class,
            () -> service.upload(OWNER, id, body, -1, new UploadForm(false, "qcow2")));
    assertInstanceOf(OutOfMemoryError.class, e.getCause());
    assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
    assertEquals(0, files(directory));
  }

  @Test
  void aFailingStoreEndsTheConversion() throws IOException {
    String id = create(service, OWNER, "raw").id();
    Random random = new Random(1);
    byte[] image = image("qcow2");
    ByteArrayInputStream body =
        new ByteArrayInputStream(image) {
          @Override
          public synchronized int read(byte[] bytes, int offset, int length) {
            if (random.nextInt(4) == 0 && count - pos < 1_000_000) {
              try {
                service.delete(OWNER, id);
              } catch (IOException e) {
                // It is deleted already.
              }
            }
            return super.read(bytes, offset, length);
          }
        };
    ImageServiceException e =
        assertThrows(
            ImageServiceException.class,
            () -> service.upload(OWNER, id, body, -1, new UploadForm(false, "qcow2")));
    assertEquals(Problem.GONE, e.problem());
    assertEquals(0, files(directory));
  }
}
