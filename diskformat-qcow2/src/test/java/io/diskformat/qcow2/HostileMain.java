package io.diskformat.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Mutates the images that it is given in every way, in a process of its own that has little memory,
 * and prints what does not end as it must. The exit code tells whether anything did.
 */
final class HostileMain {
  private static final Duration LIMIT = Duration.ofSeconds(1);
  private static final Duration ENDLESS = Duration.ofSeconds(30);
  private static final int MOST_FAILURES = 40;

  private final Random random;
  private final Exercise exercise = new Exercise();
  private volatile String current = "";
  private volatile long started = System.nanoTime();
  private int mutations;
  private int failures;
  private long slowest;
  private String slowestName = "";

  private HostileMain(Random random) {
    this.random = random;
  }

  /**
   * Takes the seed, the number of random corruptions of each image, and the images; with a number
   * of -1 they are tried only as they are.
   */
  public static void main(String[] arguments) throws IOException {
    HostileMain main = new HostileMain(new Random(Long.parseLong(arguments[0])));
    main.watch();
    int corruptions = Integer.parseInt(arguments[1]);
    for (String image : List.of(arguments).subList(2, arguments.length)) {
      if (corruptions < 0) {
        main.tryOne(Path.of(image), "as it is", null);
      } else {
        main.tryAll(Path.of(image), corruptions);
      }
    }
    List<Path> open = OpenFiles.in(Path.of(arguments[2]).getParent());
    if (!open.isEmpty()) {
      main.fail("files were left open: " + open, null);
    }
    System.out.printf(
        "%d mutations, %d failures, the slowest took %d ms: %s%n",
        main.mutations, main.failures, main.slowest / 1_000_000, main.slowestName);
    System.exit(main.failures == 0 && main.mutations > 0 ? 0 : 1);
  }

  /** Ends the process if a mutation never ends, as nothing else can. */
  private void watch() {
    Thread watcher =
        new Thread(() -> {
          while (true) {
            try {
              Thread.sleep(500);
            } catch (InterruptedException e) {
              return;
            }
            if (System.nanoTime() - started > ENDLESS.toNanos()) {
              System.out.println("ENDLESS " + current);
              Runtime.getRuntime().halt(2);
            }
          }
        });
    watcher.setDaemon(true);
    watcher.start();
  }

  private void tryAll(Path image, int corruptions) throws IOException {
    byte[] original = Files.readAllBytes(image);
    ImageLayout layout = new ImageLayout(original);
    long content = exercise.run(image);
    if (content == -1) {
      fail("is refused as it is", null);
    }
    List<Mutation> all = new ArrayList<>();
    for (Field field : layout.fields()) {
      all.addAll(field.mutations(ByteBuffer.wrap(original), layout.clusterSize()));
    }
    for (int i = 0; i < corruptions; i++) {
      all.add(corruption(layout, original));
    }
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
      for (Mutation mutation : all) {
        mutation.apply(channel);
        tryOne(image, mutation.what(), mutation.keepsContent() ? content : null);
        mutation.undo(channel, original);
      }
    }
    cut(image, layout);
    if (exercise.run(image) != content) {
      fail("was not put back as it was", null);
    }
  }

  /** Cuts a copy shorter and shorter, so that one is enough for all lengths. */
  private void cut(Path image, ImageLayout layout) throws IOException {
    Path copy = image.resolveSibling("cut.qcow2");
    Files.copy(image, copy, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      for (long length : layout.lengthsToCutTo()) {
        channel.truncate(length);
        tryOne(copy, image.getFileName() + " cut to " + length + " bytes", null);
      }
    }
  }

  /** Changes several structures at once, or bytes anywhere near one. */
  private Mutation corruption(ImageLayout layout, byte[] original) {
    List<Field> fields = layout.fields();
    Field field = fields.get(random.nextInt(fields.size()));
    int most = (int) Math.min(64, original.length - field.position());
    byte[] bytes = new byte[1 + random.nextInt(most)];
    System.arraycopy(original, (int) field.position(), bytes, 0, bytes.length);
    for (int i = random.nextInt(8); i >= 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? -1 : random.nextInt());
    }
    return new Mutation(
        "random bytes at " + field.position() + ": " + java.util.HexFormat.of().formatHex(bytes),
        field.position(),
        bytes,
        false);
  }

  private void tryOne(Path image, String what, Long wanted) {
    mutations++;
    current = image.getFileName() + ": " + what;
    long took = time(image, wanted);
    // Once more before it is called slow: others use the machine too.
    for (int i = 0; i < 2 && took > LIMIT.toNanos(); i++) {
      took = Math.min(took, time(image, wanted));
    }
    if (took > LIMIT.toNanos()) {
      fail("took " + took / 1_000_000 + " ms", null);
    }
    if (took > slowest) {
      slowest = took;
      slowestName = current;
    }
  }

  private long time(Path image, Long wanted) {
    started = System.nanoTime();
    try {
      long content = exercise.run(image);
      if (wanted != null && content != wanted) {
        fail("the disk does not read as before", null);
      }
    } catch (Throwable e) {
      fail("threw " + e, e);
    }
    return System.nanoTime() - started;
  }

  private void fail(String how, Throwable cause) {
    failures++;
    if (failures <= MOST_FAILURES) {
      System.out.println("FAILED " + current + ": " + how);
      if (cause != null) {
        cause.printStackTrace(System.out);
      }
    }
  }
}
