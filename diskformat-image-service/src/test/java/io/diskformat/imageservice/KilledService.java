package io.diskformat.imageservice;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A process that creates images, uploads data to them and deletes some, on several threads, until
 * it is killed. On its standard output it reports what it knows to be done: {@code + ID SEED SIZE}
 * of an image that is active, {@code ? ID} of one that is about to be deleted.
 */
final class KilledService {
  private static final int THREADS = 3;

  private KilledService() {}

  /** Arguments: directory, catalogue, seed. */
  public static void main(String[] arguments) throws IOException {
    ImageService service = ServiceFixture.open(Path.of(arguments[0]), arguments[1]);
    Random seeds = new Random(Long.parseLong(arguments[2]));
    System.out.println("open");
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int i = 0; i < THREADS; i++) {
        Random random = new Random(seeds.nextLong());
        threads.execute(() -> work(service, random));
      }
    }
  }

  private static void work(ImageService service, Random random) {
    try {
      while (true) {
        step(service, random);
      }
    } catch (IOException e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private static void step(ImageService service, Random random) throws IOException {
    String id = ServiceFixture.create(service, ServiceFixture.OWNER, "raw").id();
    int size = 1 + random.nextInt(1 + random.nextInt(400_000));
    int seed = random.nextInt();
    byte[] data = ServiceFixture.random(Math.max(size, 512), seed);
    if (random.nextInt(4) == 0) {
      var _ = service.stage(ServiceFixture.OWNER, id, new ByteArrayInputStream(data), -1);
      var _ = service.importStaged(ServiceFixture.OWNER, id);
    } else {
      var _ = ServiceFixture.upload(service, ServiceFixture.OWNER, id, data);
    }
    say("+ " + id + " " + seed + " " + data.length);
    if (random.nextInt(3) == 0) {
      say("? " + id);
      service.delete(ServiceFixture.OWNER, id);
    }
  }

  private static synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
