package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/**
 * A process with a service in each of some places. In all of them it creates images, uploads,
 * stages and imports data, and deletes some, on several threads, until it is killed. On its
 * standard output it reports what it is about to do, and what it knows to be done, each with the
 * number of the place: {@code c ID} of an image that is registered, {@code + ID SEED SIZE} of one
 * that is active, {@code ? ID} of one that is about to be deleted, {@code - ID} when it is.
 */
final class KilledService {
  private static final int THREADS = 3;
  private static final int MOST_BYTES = 400_000;

  /** In bytes, of some images in a store that takes this in parts. */
  private static final int PARTS = 9 << 20;

  private final KilledPlace place;
  private final int number;
  private final ImageService service;

  private KilledService(KilledPlace place, int number) throws IOException {
    this.place = place;
    this.number = number;
    this.service = place.open();
  }

  /**
   * Arguments: seed; after how many steps in each place, on the average, it ends by itself, or 0;
   * and of each place directory, catalogue and store.
   */
  public static void main(String[] arguments) throws InterruptedException {
    Random seeds = new Random(Long.parseLong(arguments[0]));
    int places = (arguments.length - 2) / 3;
    CountDownLatch steps = new CountDownLatch(Integer.parseInt(arguments[1]) * places);
    for (int number = 0; number < places; number++) {
      int i = 2 + 3 * number;
      KilledPlace place =
          new KilledPlace(Path.of(arguments[i]), arguments[i + 1], arguments[i + 2]);
      int its = number;
      Random random = new Random(seeds.nextLong());
      Thread.ofPlatform().start(() -> begin(place, its, random, steps));
    }
    if (steps.getCount() > 0) {
      steps.await();
      System.exit(0);
    }
  }

  private static void begin(KilledPlace place, int number, Random seeds, CountDownLatch steps) {
    // The first line: also a service that is being opened is killed.
    System.out.println(number + " begins");
    try {
      KilledService killed = new KilledService(place, number);
      for (int thread = 0; thread < THREADS; thread++) {
        Random random = new Random(seeds.nextLong());
        Thread.ofPlatform().start(() -> killed.work(random, steps));
      }
    } catch (IOException | RuntimeException e) {
      end(e);
    }
  }

  private static void end(Exception e) {
    e.printStackTrace();
    Runtime.getRuntime().halt(1);
  }

  private void work(Random random, CountDownLatch steps) {
    try {
      while (true) {
        step(random);
        steps.countDown();
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      end(e);
    }
  }

  private void step(Random random) throws IOException, InterruptedException {
    String id = ServiceFixture.create(service, OWNER, "raw").id();
    say("c " + id);
    int size = 512 + random.nextInt(1 + random.nextInt(MOST_BYTES));
    if (!place.store().isEmpty() && random.nextInt(4) == 0) {
      size += PARTS;
    }
    int seed = random.nextInt();
    byte[] data = ServiceFixture.random(size, seed);
    try {
      if (random.nextInt(8) == 0) {
        deleteWhileItComes(id, data);
        return;
      }
      fill(id, data, random.nextInt(4));
    } catch (ImageServiceException e) {
      if (e.problem() == Problem.GONE) {
        // Another service took this one for dead.
        return;
      }
      throw e;
    }
    if (service.get(OWNER, id).status() != ImageStatus.ACTIVE) {
      return;
    }
    say("+ " + id + " " + seed + " " + data.length);
    if (random.nextInt(3) == 0) {
      delete(id);
    }
  }

  private void fill(String id, byte[] data, int way) throws IOException, InterruptedException {
    InputStream body = new ByteArrayInputStream(data);
    switch (way) {
      case 0 -> {
        var _ = service.stage(OWNER, id, body, -1);
        var _ = service.importStaged(OWNER, id);
      }
      case 1 -> {
        var _ =
            service.importFrom(
                OWNER, id, "web-download", "", () -> new ImportSource.Data(body, data.length));
        while (service.get(OWNER, id).status() == ImageStatus.IMPORTING) {
          Thread.sleep(1);
        }
      }
      default -> {
        var _ = service.upload(OWNER, id, body, data.length);
      }
    }
  }

  private void deleteWhileItComes(String id, byte[] data) throws IOException {
    InputStream body =
        new ByteArrayInputStream(data) {
          @Override
          public synchronized int read(byte[] bytes, int offset, int length) {
            int count = super.read(bytes, offset, length);
            if (count < 0) {
              try {
                delete(id);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            }
            return count;
          }
        };
    var _ = service.upload(OWNER, id, body, -1);
    throw new IllegalStateException("the data of a deleted image was taken");
  }

  private void delete(String id) throws IOException {
    say("? " + id);
    service.delete(OWNER, id);
    say("- " + id);
  }

  private void say(String line) {
    synchronized (System.out) {
      System.out.println(number + " " + line);
      if (System.out.checkError()) {
        // Whoever was to kill this is no more.
        Runtime.getRuntime().halt(1);
      }
    }
  }
}
