package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.file.LocalImageService;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A small file system that really is full: {@link FaultsTest} says so at each call. To mount one
 * takes root; without it, this is skipped.
 */
final class FullDiskTest {
  private static final int SIZE = 6 << 20;

  /** Without a reserve: the system says that there is no room, and not the service. */
  private static final ServiceLimits LIMITS =
      new ServiceLimits(1L << 40, 1L << 44, 0, 128, Duration.ofMinutes(2), true);

  @TempDir private Path directory;
  private ImageService service;

  @BeforeEach
  void begin() throws IOException {
    if (!run("mount", "-t", "tmpfs", "-o", "size=" + SIZE, "tmpfs", directory.toString())) {
      abort("no file system can be mounted here, which takes root");
    }
    service = LocalImageService.open(directory, LIMITS);
  }

  @AfterEach
  void end() throws IOException {
    if (service != null) {
      service.close();
      assertTrue(run("umount", directory.toString()), "umount");
    }
  }

  private static boolean run(String... command) throws IOException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Fills the file system, and returns the file that does. */
  private Path fill() throws IOException {
    Path file = directory.resolve("filler");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      while (true) {
        int _ = channel.write(ByteBuffer.allocate(4096));
      }
    } catch (IOException e) {
      return file;
    }
  }

  @Test
  void dataThatDoesNotFitIsRefusedAndItsSpaceIsBack() throws IOException {
    String id = create(service, OWNER, "raw").id();
    byte[] large = random(SIZE + 1_000_000, 1);
    long free = service.free();
    for (int i = 0; i < 3; i++) {
      ImageServiceException e =
          assertThrows(
              ImageServiceException.class,
              () -> service.upload(OWNER, id, new ByteArrayInputStream(large), -1));
      assertEquals(Problem.TOO_LARGE, e.problem());
      assertEquals(ImageStatus.QUEUED, service.get(OWNER, id).status());
      assertEquals(0, files(directory));
      assertTrue(service.free() > free - 100_000, "not free again: " + (free - service.free()));
    }
    byte[] data = random(SIZE / 2, 2);
    assertEquals(ImageStatus.ACTIVE, upload(service, OWNER, id, data).status());
    assertArrayEquals(data, content(service, OWNER, id));
  }

  @Test
  void aCatalogueWithoutRoomLosesNothing() throws IOException {
    byte[] data = random(500_000, 3);
    String whole = create(service, OWNER, "raw").id();
    var _ = upload(service, OWNER, whole, data);
    String queued = create(service, OWNER, "raw").id();
    Path filler = fill();
    assertThrows(IOException.class, () -> create(service, OWNER, "raw"));
    assertThrows(IOException.class, () -> upload(service, OWNER, queued, data));
    assertThrows(IOException.class, () -> service.delete(OWNER, whole));
    assertThrows(IOException.class, () -> service.setActive(OWNER, whole, false));
    assertArrayEquals(data, content(service, OWNER, whole));
    assertEquals(2, service.list(OWNER, ImageQuery.usual()).size());
    try (Stream<Path> records = Files.list(directory.resolve("catalogue"))) {
      assertFalse(records.anyMatch(file -> file.toString().endsWith(".new")));
    }
    Files.delete(filler);
    service.close();
    service = LocalImageService.open(directory, LIMITS);
    assertEquals(2, service.list(OWNER, ImageQuery.usual()).size());
    assertEquals(2, files(directory));
    assertEquals(ImageStatus.ACTIVE, upload(service, OWNER, queued, data).status());
    service.delete(OWNER, whole);
    service.delete(OWNER, queued);
    assertEquals(0, files(directory));
  }
}
