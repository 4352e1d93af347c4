package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.ADMIN;
import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.random;

import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.imageservice.jdbc.JdbcCatalogue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process with two stores, in which images share blobs, are copied from one store to the other,
 * come in pieces and go, on several threads, until it is killed. It says a line for each step.
 */
final class KilledStores {
  private static final int THREADS = 3;
  private static final int PIECE = 40_000;

  private KilledStores() {}

  static ImageService open(Path directory, String catalogue, Clock clock) throws IOException {
    ImageService service =
        ImageService.open(
            catalogue.equals("file")
                ? FileCatalogue.open(directory.resolve("catalogue"))
                : JdbcCatalogue.open(catalogue),
            BlobStores.of("fast", FileBlobStore.open(directory.resolve("fast")), "")
                .with("slow", FileBlobStore.open(directory.resolve("slow")), ""),
            ServiceLimits.usual().sharingBlobs().hashingContent(),
            clock);
    service.resumable().pieces(PIECE);
    return service;
  }

  /** Returns one of a few contents, by its number. */
  static byte[] content(int number) {
    return random(1000 + 60_000 * number, number);
  }

  /** Arguments: directory, catalogue, seed, after how many steps it ends by itself, or 0. */
  public static void main(String[] arguments) throws IOException {
    ImageService service = open(Path.of(arguments[0]), arguments[1], Clock.systemUTC());
    Random seeds = new Random(Long.parseLong(arguments[2]));
    AtomicInteger left = new AtomicInteger(Integer.parseInt(arguments[3]));
    System.out.println("open");
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int i = 0; i < THREADS; i++) {
        Random random = new Random(seeds.nextLong());
        threads.execute(() -> work(service, random, left));
      }
    }
  }

  private static void work(ImageService service, Random random, AtomicInteger left) {
    List<String> mine = new ArrayList<>();
    try {
      while (true) {
        step(service, random, mine);
        synchronized (KilledStores.class) {
          System.out.println("step");
          if (System.out.checkError()) {
            // Whoever was to kill this is no more.
            Runtime.getRuntime().halt(1);
          }
        }
        if (left.decrementAndGet() == 0) {
          System.exit(0);
        }
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private static void step(ImageService service, Random random, List<String> mine)
      throws IOException, InterruptedException {
    byte[] data = content(random.nextInt(4));
    String id = create(service, OWNER, "raw").id();
    switch (random.nextInt(3)) {
      case 0 -> {
        var _ = ServiceFixture.upload(service, OWNER, id, data);
      }
      case 1 -> {
        var _ = service.resumable().begin(OWNER, id, -1, StoreChoice.of("slow"));
        int half = random.nextInt(data.length);
        var _ =
            service
                .resumable()
                .append(OWNER, id, 0, new ByteArrayInputStream(data, 0, half), false);
        var _ =
            service
                .resumable()
                .append(
                    OWNER,
                    id,
                    half,
                    new ByteArrayInputStream(data, half, data.length - half),
                    true);
      }
      default -> {
        var _ = service.stage(OWNER, id, new ByteArrayInputStream(data), -1);
        var _ =
            service.stores().importStaged(OWNER, id, "", new StoreChoice(List.of(), true, true));
        await(service, id);
      }
    }
    mine.add(id);
    String any = mine.get(random.nextInt(mine.size()));
    if (service.get(OWNER, any).data().blobs().size() == 1) {
      var _ = service.stores().copy(OWNER, any, "", new StoreChoice(List.of(), true, true));
      await(service, any);
    } else {
      var _ = service.stores().delete(ADMIN, any, random.nextBoolean() ? "fast" : "slow");
    }
    while (mine.size() > 3) {
      service.delete(OWNER, mine.remove(random.nextInt(mine.size())));
    }
  }

  private static void await(ImageService service, String id)
      throws IOException, InterruptedException {
    while (service.get(OWNER, id).lease() != null) {
      Thread.sleep(1);
    }
  }
}
