package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.BlockDevice;
import io.diskformat.imageservice.guest.GuestInsight;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is inside of an image becomes its properties. */
final class GuestInsightTest {
  @TempDir private Path directory;
  @TempDir private Path scratch;

  /** Says when it has looked into another image. */
  private static final class Awaited implements DiskInsight {
    private final Semaphore looked = new Semaphore(0);

    @Override
    public SortedMap<String, String> of(BlockDevice disk) throws IOException {
      try {
        return new GuestInsight().of(disk);
      } finally {
        looked.release();
      }
    }
  }

  @Test
  void systemsAndVolumesAreProperties() throws Exception {
    Path files = Files.createDirectories(scratch.resolve("files/etc"));
    Path _ = Files.createDirectories(scratch.resolve("files/usr"));
    Files.writeString(files.resolve("os-release"), "PRETTY_NAME=\"Some Linux 7\"\n");
    Files.writeString(files.resolve("fstab"), "/dev/sda / ext4 defaults 0 1\n");
    Path image = scratch.resolve("image");
    Oracle.Result _ =
        Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", files.getParent(), image, "8M").orFail();
    byte[] data = Files.readAllBytes(image);
    Awaited insight = new Awaited();
    try (ImageService service = ServiceFixture.open(directory)) {
      service.lookInto(insight);
      String id = create(service, OWNER, "raw").id();
      var _ = upload(service, OWNER, id, data);
      String noise = create(service, OWNER, "raw").id();
      var _ = upload(service, OWNER, noise, random(100_352, 1));
      // The second is looked into once the first one has its properties.
      insight.looked.acquire(2);
      assertEquals(
          Map.of("os_diskformat_system", "Some Linux 7", "os_diskformat_volumes", "/dev/sda ext4"),
          service.get(OWNER, id).attributes().properties());
      assertEquals(ImageStatus.ACTIVE, service.get(OWNER, noise).status());
    }
  }

  /** One that finds nothing keeps nothing from what the other finds. */
  @Test
  void severalLookInto() throws Exception {
    Semaphore looked = new Semaphore(0);
    DiskInsight failing =
        _ -> {
          throw new IOException("nothing is found");
        };
    DiskInsight size = disk -> new TreeMap<>(Map.of("size_of_disk", "" + disk.size()));
    try (ImageService service = ServiceFixture.open(directory)) {
      service.lookInto(disk -> {
        try {
          return failing.and(size).of(disk);
        } finally {
          looked.release();
        }
      });
      String first = create(service, OWNER, "raw").id();
      var _ = upload(service, OWNER, first, random(100_352, 1));
      String last = create(service, OWNER, "raw").id();
      var _ = upload(service, OWNER, last, random(100_352, 2));
      looked.acquire(2);
      assertEquals(
          Map.of("size_of_disk", "100352"), service.get(OWNER, first).attributes().properties());
    }
  }
}
