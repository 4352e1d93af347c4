package io.diskformat.imageservice.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.BlobStore;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store that hangs, of whose threads no interrupt can have one back. */
final class HealthTest {
  @TempDir private Path directory;
  private final CountDownLatch gate = new CountDownLatch(1);
  private final AtomicInteger hanging = new AtomicInteger();

  private BlobStore hangingStore() throws IOException {
    BlobStore real = FileBlobStore.open(directory);
    return (BlobStore)
        Proxy.newProxyInstance(
            BlobStore.class.getClassLoader(),
            new Class<?>[] {BlobStore.class},
            (_, method, arguments) -> {
              if (method.getName().equals("free")) {
                int _ = hanging.incrementAndGet();
                hang();
              }
              return method.invoke(real, arguments);
            });
  }

  private void hang() {
    while (true) {
      try {
        gate.await();
        return;
      } catch (InterruptedException e) {
        // It does not hear of that.
      }
    }
  }

  @Test
  void itIsSaidAndCostsAFewThreadsOnly() throws IOException {
    try (ImageService service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")),
            hangingStore(),
            ServiceLimits.usual())) {
      OperationsResource operations =
          new OperationsResource(service, new Metrics(), Duration.ofMillis(20));
      for (int i = 0; i < 30; i++) {
        assertEquals(503, operations.health().status());
      }
      assertTrue(hanging.get() <= 8, hanging + " threads hang");
      gate.countDown();
      OperationsResource others = new OperationsResource(service, new Metrics());
      assertEquals(200, others.health().status());
    }
  }
}
