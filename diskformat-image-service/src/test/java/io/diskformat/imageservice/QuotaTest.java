package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OTHER;
import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.imageservice.file.LocalImageService;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What a project may store. */
final class QuotaTest {
  private static final int QUOTA = 1_000_000;

  @TempDir private Path directory;
  private ImageService service;

  @BeforeEach
  void begin() throws IOException {
    service = LocalImageService.open(directory, ServiceLimits.usual().quota(QUOTA));
  }

  @AfterEach
  void end() throws IOException {
    service.close();
  }

  private static void refused(Executable what) {
    assertEquals(Problem.TOO_LARGE, assertThrows(ImageServiceException.class, what).problem());
  }

  @Test
  void whatIsMoreIsRefusedWhetherItsSizeIsKnownOrNot() throws IOException {
    String first = create(service, OWNER, "raw").id();
    var _ = upload(service, OWNER, first, random(700_000, 1));
    assertEquals(700_000, service.used(OWNER));
    String second = create(service, OWNER, "raw").id();
    byte[] more = random(300_001, 2);
    refused(() -> upload(service, OWNER, second, more));
    refused(() -> service.upload(OWNER, second, new ByteArrayInputStream(more), -1));
    refused(() -> service.stage(OWNER, second, new ByteArrayInputStream(more), -1));
    refused(() -> service.resumable().begin(OWNER, second, more.length, StoreChoice.usual()));
    var _ = service.resumable().begin(OWNER, second, -1, StoreChoice.usual());
    refused(
        () -> service.resumable().append(OWNER, second, 0, new ByteArrayInputStream(more), true));
    assertEquals(ImageStatus.QUEUED, service.get(OWNER, second).status());
    service.resumable().cancel(OWNER, second);
    assertEquals(2, files(directory));
    assertEquals(700_000, service.used(OWNER));
    assertEquals(0, service.used(OTHER));
    String other = create(service, OTHER, "raw").id();
    var _ = upload(service, OTHER, other, more);
    byte[] rest = random(300_000, 3);
    var _ = service.upload(OWNER, second, new ByteArrayInputStream(rest), -1);
    assertEquals(QUOTA, service.used(OWNER));
    service.delete(OWNER, first);
    String third = create(service, OWNER, "raw").id();
    var _ = service.resumable().begin(OWNER, third, 700_000, StoreChoice.usual());
    byte[] parts = random(700_000, 4);
    var _ =
        service
            .resumable()
            .append(OWNER, third, 0, new ByteArrayInputStream(parts, 0, 400_000), false);
    assertEquals(700_000, service.used(OWNER));
    assertTrue(
        service
            .resumable()
            .append(OWNER, third, 400_000, new ByteArrayInputStream(parts, 400_000, 300_000), true)
            .isEmpty());
    assertEquals(QUOTA, service.used(OWNER));
  }
}
