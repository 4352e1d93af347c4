package io.diskformat.testing;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Constructor;
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
 * Mutates images in every way, in a process of its own that has little memory, and prints each
 * mutation that does not end as it must. The exit code is not 0 if there is one.
 */
public final class HostileRun {
  /** CPU time of all threads that one attempt may take. */
  private static final Duration LIMIT = Duration.ofSeconds(1);

  /** CPU time after which a mutation is taken to never end. */
  private static final Duration ENDLESS = Duration.ofSeconds(30);

  /** A limit for what waits for ever, and so takes no CPU time. */
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  /** Failures that are printed, at most. */
  private static final int MOST_FAILURES = 40;

  private final Random random;
  private final Exercise exercise;
  private final Function<byte[], Structures> structures;
  private volatile String current = "";
  private volatile long started = cpuTime();
  private int mutations;
  private int failures;
  private long dearest;
  private String dearestName = "";

  /** Where the structures of an image are, found by code that is not the format's. */
  public interface Structures {
    /** Returns the fields of all structures; of a table with many entries, those that differ. */
    List<Field> fields();

    /** Returns the unit of allocation, in bytes. */
    int clusterSize();

    /** Returns the lengths at which a structure ends, or nearly so, the greatest first. */
    List<Long> lengthsToCutTo();
  }

  /** Returns the CPU time that this process has taken, in nanoseconds. */
  private static long cpuTime() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private HostileRun(String format, Function<byte[], Structures> structures, Random random) {
    this.exercise = new Exercise(format);
    this.structures = structures;
    this.random = random;
  }

  /**
   * Starts a process and fails unless it ends well.
   *
   * @param structures finds the structures of an image, whose bytes its constructor takes
   * @param corruptions the number of random corruptions of each image; with -1 the images are only
   *     tried as they are
   */
  static void inProcess(
      String format,
      Class<? extends Structures> structures,
      long seed,
      int corruptions,
      List<Path> images) {
    List<Object> command =
        new ArrayList<>(
            List.of(
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                HostileRun.class.getName(),
                format,
                structures.getName(),
                seed,
                corruptions));
    command.addAll(images);
    Oracle.Result result =
        Oracle.java().timeout(PATIENCE.plusMillis(corruptions * 50L)).run(command.toArray());
    System.out.print("hostile: " + result.output().lines().reduce("", (a, b) -> b + "\n"));
    assertEquals(0, result.exitCode(), Seeds.toRepeat(seed) + "\n" + result);
  }

  /**
   * Does the work in the process that was started for it.
   *
   * @param arguments the format, the class of structures, the seed, the number of corruptions, and
   *     the images
   */
  public static void main(String[] arguments) throws ReflectiveOperationException, IOException {
    Constructor<? extends Structures> structures =
        Class.forName(arguments[1])
            .asSubclass(Structures.class)
            .getDeclaredConstructor(byte[].class);
    structures.setAccessible(true);
    HostileRun main =
        new HostileRun(
            arguments[0],
            bytes -> structuresOf(structures, bytes),
            new Random(Long.parseLong(arguments[2])));
    main.watch();
    int corruptions = Integer.parseInt(arguments[3]);
    List<String> images = List.of(arguments).subList(4, arguments.length);
    for (String image : images) {
      if (corruptions < 0) {
        main.tryOne(Path.of(image), "as it is", null);
      } else {
        main.tryAll(Path.of(image), corruptions);
      }
    }
    List<Path> open = OpenFiles.in(requireNonNull(Path.of(images.getFirst()).getParent()));
    if (!open.isEmpty()) {
      main.fail("files were left open: " + open, null);
    }
    System.out.printf(
        "%d mutations, %d failures, the dearest took %d ms of CPU time: %s%n",
        main.mutations, main.failures, main.dearest / 1_000_000, main.dearestName);
    System.exit(main.failures == 0 && main.mutations > 0 ? 0 : 1);
  }

  private static Structures structuresOf(
      Constructor<? extends Structures> constructor, byte[] image) {
    try {
      return constructor.newInstance((Object) image);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no structures", e);
    }
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
            if (cpuTime() - started > ENDLESS.toNanos()) {
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
    // Measured again before it fails: compilers and collectors take CPU time, too.
    for (int i = 0; i < 2 && took > LIMIT.toNanos(); i++) {
      took = Math.min(took, time(image, wanted));
    }
    if (took > LIMIT.toNanos()) {
      fail("took " + took / 1_000_000 + " ms of CPU time", null);
    }
    if (took > dearest) {
      dearest = took;
      dearestName = current;
    }
  }

  private long time(Path image, @Nullable Long wanted) {
    started = cpuTime();
    try {
      long content = exercise.run(image);
      if (wanted != null && content != wanted) {
        fail("the disk does not read as before", null);
      }
    } catch (Throwable e) {
      fail("threw " + e, e);
    }
    return cpuTime() - started;
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
