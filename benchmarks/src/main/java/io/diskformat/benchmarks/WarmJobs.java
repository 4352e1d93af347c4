package io.diskformat.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Runs a whole job again and again inside one JVM, as a service does, and prints a line for each
 * round: the seconds that it took, and the seconds of CPU time that this process used for it.
 *
 * <p>Each file is given with its format, so that none is guessed: {@code file:format}. With {@code
 * -} in place of the number of rounds there is one round for each line of the standard input, so
 * that a script can do something in between.
 */
public final class WarmJobs {
  private static final String USAGE =
      """
      usage: WarmJobs compare FILE:FORMAT FILE:FORMAT ROUNDS
             WarmJobs convert FILE:FORMAT FILE:FORMAT ROUNDS [-c] [OPTION=VALUE...]
             WarmJobs convert FILE:FORMAT - ROUNDS
             WarmJobs hash FILE:FORMAT ROUNDS
      """;

  /** One run of a job. */
  @FunctionalInterface
  private interface Job {
    void run() throws IOException;
  }

  private WarmJobs() {}

  /** Runs what the arguments say. */
  public static void main(String[] args) throws IOException {
    List<String> words = Arrays.asList(args);
    if (words.size() < 3) {
      System.err.print(USAGE);
      System.exit(2);
    }
    boolean two = !words.getFirst().equals("hash");
    String rounds = words.get(two ? 3 : 2);
    Job job =
        switch (words.getFirst()) {
          case "compare" -> () -> compare(words.get(1), words.get(2));
          case "convert" ->
              () -> convert(words.get(1), words.get(2), words.subList(4, words.size()));
          case "hash" -> () -> hash(words.get(1));
          default -> throw new IllegalArgumentException(USAGE);
        };
    if (rounds.equals("-")) {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      while (lines.readLine() != null) {
        run(job);
      }
    } else {
      for (int round = Integer.parseInt(rounds); round > 0; round--) {
        run(job);
      }
    }
  }

  private static void run(Job job) throws IOException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long wall = System.nanoTime();
    job.run();
    System.out.printf(
        Locale.ROOT,
        "%.3f %.3f%n",
        (System.nanoTime() - wall) / 1e9,
        (system.getProcessCpuTime() - cpu) / 1e9);
  }

  private static DiskImage open(String file) throws IOException {
    return DiskImages.open(path(file), OpenOptions.readOnly().format(format(file)));
  }

  private static Path path(String file) {
    return Path.of(file.substring(0, file.lastIndexOf(':')));
  }

  private static String format(String file) {
    return file.substring(file.lastIndexOf(':') + 1);
  }

  private static void compare(String one, String other) throws IOException {
    try (DiskImage first = open(one);
        DiskImage second = open(other)) {
      Comparison.Result result = Comparison.of(first, second).run();
      if (!result.isIdentical()) {
        throw new IOException("not the same: " + result);
      }
    }
  }

  private static void hash(String file) throws IOException {
    try (DiskImage image = open(file)) {
      var _ = ContentHash.sha256().of(image);
    }
  }

  private static void convert(String from, String to, List<String> how) throws IOException {
    try (DiskImage source = open(from)) {
      Conversion conversion = Conversion.from(source);
      if (to.equals("-")) {
        conversion.into(new DiscardingDevice(source.size())).targetIsZero().run();
        return;
      }
      CreateOptions options = CreateOptions.format(format(to)).replaceExisting();
      for (String word : how) {
        if (word.equals("-c")) {
          conversion = conversion.compress();
        } else {
          int equals = word.indexOf('=');
          options = options.option(word.substring(0, equals), word.substring(equals + 1));
        }
      }
      conversion.to(path(to), options).run();
    }
  }
}
