package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Mutates images in every way, in a process of its own that has little memory, and prints what does
 * not end as it must. The exit code tells whether anything did.
 *
 * <pre>{@code
 * final class HostileMain {
 *   public static void main(String[] arguments) throws IOException {
 *     HostileRun.main("qcow2", ImageLayout::new, arguments);
 *   }
 * }
 * // and in a test
 * HostileRun.inProcess(HostileMain.class, seed, 1000, images);
 * }</pre>
 */
public final class HostileRun {
  private static final Duration LIMIT = Duration.ofSeconds(1);
  private static final Duration ENDLESS = Duration.ofSeconds(30);
  private static final int MOST_FAILURES = 40;

  private final Random random;
  private final Exercise exercise;
  private final Function<byte[], Structures> structures;
  private volatile String current = "";
  private volatile long started = System.nanoTime();
  private int mutations;
  private int failures;
  private long slowest;
  private String slowestName = "";

  /** Where the structures of an image are, by a reading of its format of one's own. */
  public interface Structures {
    /** Returns the fields of all structures, of a table with many entries those that are unlike. */
    List<Field> fields();

    /** Returns the unit of allocation, in bytes. */
    int clusterSize();

    /** Returns the lengths at which a structure ends, or nearly so, the greatest first. */
    List<Long> lengthsToCutTo();
  }

  private HostileRun(String format, Function<byte[], Structures> structures, Random random) {
    this.exercise = new Exercise(format);
    this.structures = structures;
    this.random = random;
  }

  /**
   * Starts a process and fails unless it ends well.
   *
   * @param main a class whose main method calls this one's with what else it needs
   * @param corruptions how many random ones of each image; with -1 the images are tried only as
   *     they are
   */
  public static void inProcess(Class<?> main, long seed, int corruptions, List<Path> images) {
    List<Object> command =
        new ArrayList<>(
            List.of(
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                main.getName(),
                seed,
                corruptions));
    command.addAll(images);
    Oracle.Result result =
        Oracle.java()
            .timeout(Duration.ofMinutes(10).plusMillis(corruptions * 50L))
            .run(command.toArray());
    System.out.print("hostile: " + result.output().lines().reduce("", (a, b) -> b + "\n"));
    assertEquals(0, result.exitCode(), Seeds.toRepeat(seed) + "\n" + result);
  }

  /**
   * Does the work in the process that was started for it.
   *
   * @param format of the images
   * @param structures finds the structures of an image
   * @param arguments the seed, the number of corruptions, and the images
   */
  public static void main(
      String format, Function<byte[], Structures> structures, String[] arguments)
      throws IOException {
    HostileRun main = new HostileRun(format, structures, new Random(Long.parseLong(arguments[0])));
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
    Structures layout = structures.apply(original);
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
  private void cut(Path image, Structures layout) throws IOException {
    Path copy = image.resolveSibling("cut." + image.getFileName());
    Files.copy(image, copy, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      for (long length : layout.lengthsToCutTo()) {
        channel.truncate(length);
        tryOne(copy, image.getFileName() + " cut to " + length + " bytes", null);
      }
    }
  }

  /** Changes several structures at once, or bytes anywhere near one. */
  private Mutation corruption(Structures layout, byte[] original) {
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

  private void tryOne(Path image, String what, @Nullable Long wanted) {
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

  private long time(Path image, @Nullable Long wanted) {
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

  private void fail(String how, @Nullable Throwable cause) {
    failures++;
    if (failures <= MOST_FAILURES) {
      System.out.println("FAILED " + current + ": " + how);
      if (cause != null) {
        cause.printStackTrace(System.out);
      }
    }
  }
}
