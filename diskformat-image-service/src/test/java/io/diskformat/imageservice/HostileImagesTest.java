package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.guest.GuestInsight;
import io.diskformat.testing.Corpus;
import io.diskformat.testing.OpenFiles;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Conversion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images that were made to do harm, uploaded: each is refused with a reason, and leaves nothing; or
 * it is taken, and then everything that the service does with it ends well.
 */
final class HostileImagesTest {
  /** Of each image. More by hand: {@code -Ddiskformat.corruptions=10000}, and with -Xmx64m. */
  private static final int CORRUPTIONS = Integer.getInteger("diskformat.corruptions", 25);

  private static final int DISK = 3 << 20;

  /** A disk that claims to be larger would take long to be had in another format. */
  private static final ServiceLimits LIMITS =
      new ServiceLimits(1L << 40, 64L << 20, 64L << 20, 128, Duration.ofMinutes(2), true);

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  @TempDir private Path scratch;
  private ImageService service;
  private int refused;
  private int taken;

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory, LIMITS);
  }

  @AfterEach
  void end() throws IOException {
    service.close();
  }

  private byte[] image(CreateOptions options) throws IOException {
    Path raw = scratch.resolve("raw");
    byte[] data = new byte[400_000];
    new Random(1).nextBytes(data);
    data[510] = 0;
    byte[] disk = Arrays.copyOf(data, DISK);
    System.arraycopy(data, 0, disk, DISK - data.length, data.length);
    Files.write(raw, disk);
    Path file = scratch.resolve("made");
    try (DiskImage source = DiskImages.open(raw, OpenOptions.readOnly().format("raw"))) {
      Conversion.from(source).to(file, options).run();
    }
    byte[] bytes = Files.readAllBytes(file);
    Files.delete(file);
    return bytes;
  }

  /** Changes a field at the front, where headers and tables are, or anywhere, or cuts the file. */
  private static byte[] mutated(byte[] image, Random random) {
    byte[] copy = image.clone();
    int kinds = random.nextInt(10);
    if (kinds == 0) {
      return Arrays.copyOf(copy, random.nextInt(copy.length));
    }
    for (int i = random.nextInt(3); i >= 0; i--) {
      int range = random.nextInt(3) > 0 ? Math.min(1024, copy.length) : copy.length;
      int at = random.nextInt(range - 8) & ~3;
      ByteBuffer bytes = ByteBuffer.wrap(copy);
      switch (random.nextInt(5)) {
        case 0 -> bytes.putInt(at, -1);
        case 1 -> bytes.putInt(at, 0);
        case 2 -> bytes.putLong(at, 1L << random.nextInt(64));
        case 3 -> bytes.putInt(at, bytes.getInt(at) + (random.nextBoolean() ? 1 : -1));
        default -> bytes.put(at, (byte) random.nextInt());
      }
    }
    return copy;
  }

  /** Uploads an image, and uses it in every way if it is taken. */
  private void exercise(String format, InputStream body, String what) throws IOException {
    String id = create(service, OWNER, format).id();
    try {
      var _ = service.upload(OWNER, id, body, -1);
    } catch (ImageServiceException e) {
      assertEquals(Problem.UNSUPPORTED, e.problem(), what);
      assertTrue(
          e.getMessage().contains(" is refused by rule ") || e.getMessage().contains("not known"),
          e.getMessage());
      refused++;
      assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
      assertEquals(0, files(directory), what);
      service.delete(OWNER, id);
      return;
    }
    taken++;
    assertTrue(service.check(OWNER, id).isPresent(), what);
    for (String other : List.of("raw", "qcow2", "vmdk")) {
      derive(id, other);
    }
    lookInside(id);
    service.delete(OWNER, id);
    assertEquals(0, files(directory), what);
    assertEquals(List.of(), OpenFiles.in(directory.resolve("blobs")), what);
  }

  private void derive(String id, String format) throws IOException {
    try (DerivedImage image = service.openAs(OWNER, id, format).orElseThrow()) {
      image.writeTo(Channels.newChannel(OutputStream.nullOutputStream()));
    } catch (IOException e) {
      // What is not as it should be inside is not sent whole.
    }
  }

  private void lookInside(String id) throws IOException {
    try (DiskImage disk = service.open(OWNER, id).orElseThrow().disk()) {
      var _ = new GuestInsight().of(disk);
    } catch (IOException e) {
      // Nothing is known of it.
    }
  }

  @Test
  void everyMutationIsRefusedOrHarmless() throws IOException {
    List<CreateOptions> all = new ArrayList<>();
    all.add(CreateOptions.format("qcow2"));
    all.add(CreateOptions.format("qcow2").option("extended_l2", "on"));
    all.add(CreateOptions.format("vdi"));
    all.add(CreateOptions.format("vmdk"));
    all.add(CreateOptions.format("vmdk").option("subformat", "streamOptimized"));
    Random random = new Random(Seeds.of(HostileImagesTest.class));
    for (CreateOptions options : all) {
      byte[] image = image(options);
      for (int i = 0; i < CORRUPTIONS; i++) {
        byte[] mutated = mutated(image, random);
        exercise(options.format(), new ByteArrayInputStream(mutated), options + " " + i);
      }
    }
    assertTrue(refused > 0 && taken > 0, refused + " refused, " + taken + " taken");
  }

  /** It is refused for that; what is looked at besides must not fail. */
  @Test
  void grainTablesWithoutEntries() throws IOException {
    byte[] image = image(CreateOptions.format("vmdk"));
    ByteBuffer.wrap(image).putInt(44, 0);
    exercise("vmdk", new ByteArrayInputStream(image), "no entries");
    assertEquals(1, refused);
  }

  /** Some of them are damaged, or made to do harm. */
  @Test
  void samplesOfOtherPrograms() throws IOException {
    for (String format : List.of("qcow2", "vdi", "vmdk", "iso")) {
      for (Corpus.Sample sample : Corpus.samples(format)) {
        for (String said : List.of(format, "raw")) {
          try (InputStream body = Files.newInputStream(sample.file())) {
            exercise(said, body, said + " " + sample);
          }
        }
      }
    }
  }

  /** By hand: {@code -Ddiskformat.hostile=DIRECTORY} of images of any format. */
  @Test
  void filesOfADirectory() throws IOException {
    String other = System.getProperty("diskformat.hostile", "");
    assumeFalse(other.isEmpty(), "-Ddiskformat.hostile");
    try (var files = Files.walk(Path.of(other))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        for (String said : List.of("qcow2", "vdi", "vmdk", "iso", "raw")) {
          try (InputStream body = Files.newInputStream(file)) {
            exercise(said, body, said + " " + file);
          }
        }
      }
    }
    System.out.println(refused + " refused, " + taken + " taken");
  }
}
