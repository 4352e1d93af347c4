package io.diskformat.imageservice;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.jdbc.JdbcCatalogue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;

/** What the tests of the service have in common. */
final class ServiceFixture {
  static final Caller ADMIN = Caller.admin("a", "p0");
  static final Caller OWNER = Caller.member("u1", "p1");
  static final Caller OTHER = Caller.member("u2", "p2");

  private ServiceFixture() {}

  static ImageService open(Path directory) throws IOException {
    return LocalImageService.open(directory, ServiceLimits.usual());
  }

  /**
   * Opens a service.
   *
   * @param directory of the blobs
   * @param catalogue the URL of a database, or {@code file} for a catalogue in the directory
   */
  static ImageService open(Path directory, String catalogue) throws IOException {
    return open(directory, catalogue, Clock.systemUTC());
  }

  /** Opens a service an hour later, when all uploads of services that are no more are dead. */
  static ImageService openLater(Path directory, String catalogue) throws IOException {
    return open(directory, catalogue, Clock.offset(Clock.systemUTC(), Duration.ofHours(1)));
  }

  private static ImageService open(Path directory, String catalogue, Clock clock)
      throws IOException {
    return ImageService.open(
        catalogue.equals("file")
            ? FileCatalogue.open(directory.resolve("catalogue"))
            : JdbcCatalogue.open(catalogue),
        BlobStores.of(FileBlobStore.open(directory)),
        ServiceLimits.usual(),
        clock);
  }

  static ImageRecord create(ImageService service, Caller caller, String format) throws IOException {
    return service.create(
        caller,
        null,
        ImageAttributes.of(caller.project())
            .name("an image")
            .diskFormat(format)
            .containerFormat("bare")
            .build());
  }

  static ImageRecord upload(ImageService service, Caller caller, String id, byte[] data)
      throws IOException {
    return service.upload(caller, id, new ByteArrayInputStream(data), data.length);
  }

  /** Returns a qcow2 image of a disk with some data. */
  static byte[] qcow2(Path directory, long size, Random random) throws IOException {
    Path file = directory.resolve("made.qcow2");
    DiskImages.create(
        file,
        CreateOptions.format("qcow2").size(size),
        disk -> {
          byte[] content = new byte[(int) Math.min(size, 300_000)];
          random.nextBytes(content);
          disk.write(0, content);
        });
    byte[] bytes = Files.readAllBytes(file);
    Files.delete(file);
    return bytes;
  }

  static byte[] random(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    // No mark of a format, and no partition table.
    bytes[510] = 0;
    return bytes;
  }

  static byte[] content(ImageService service, Caller caller, String id) throws IOException {
    try (ImageContent content = service.open(caller, id).orElseThrow()) {
      return Channels.newInputStream(content.channel()).readAllBytes();
    }
  }

  static String hex(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns how many files there are of blobs and uploads, of which each has two. */
  static long files(Path directory) throws IOException {
    long count = 0;
    for (String part : new String[] {"blobs", "incoming"}) {
      try (Stream<Path> all = Files.walk(directory.resolve(part))) {
        count += all.filter(Files::isRegularFile).count();
      }
    }
    return count;
  }
}
