package io.diskformat.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * Runs a whole job again and again inside one JVM, as a service does, and prints a line for each
 * round: the seconds that it took, and the seconds of CPU time that this process used for it.
 *
 * <p>There is one round for each line of the standard input, so that a script can do something in
 * between, unless {@code --rounds} says how many there are.
 */
public final class WarmJobs {
  private static final String USAGE =
      """
      usage: WarmJobs [--rounds N] [--workers N] [--unmapped] [--passphrase TEXT] JOB
        compare FILE:FORMAT FILE:FORMAT
        convert FILE:FORMAT FILE:FORMAT [-c] [OPTION=VALUE...]
        convert FILE:FORMAT -              (to nowhere)
        hash | map | check FILE:FORMAT
        snapshot create | apply | delete FILE:FORMAT
        resize FILE:FORMAT SIZE SIZE       (to one, with preallocated metadata, and back)
        commit FILE:FORMAT
        rebase FILE:FORMAT FILE:FORMAT     (onto the second)
        list | long | read FILE            (all files of a disc)
        extract FILE DIRECTORY
        disc DIRECTORY FILE                (makes a disc of a directory)
      """;

  /**
   * The CPU time of the process is known to 10 ms, so what can be done again without anything in
   * between is done again until this is over, in nanoseconds.
   */
  private static final long LONG_ENOUGH = 300_000_000;

  /** One run of a job. */
  @FunctionalInterface
  interface Job {
    void run() throws IOException;
  }

  private WarmJobs() {}

  /** Runs what the arguments say. */
  public static void main(String[] args) throws IOException {
    Deque<String> words = new ArrayDeque<>(Arrays.asList(args));
    DiskJobs disks = new DiskJobs();
    int rounds = -1;
    while (!words.isEmpty() && words.getFirst().startsWith("--")) {
      switch (words.pop()) {
        case "--rounds" -> rounds = Integer.parseInt(words.pop());
        case "--workers" -> disks.workers = Integer.parseInt(words.pop());
        case "--passphrase" -> disks.passphrase = words.pop();
        case "--unmapped" -> disks.isUnmapped = true;
        default -> usage();
      }
    }
    if (words.size() < 2) {
      usage();
    }
    String verb = words.pop();
    List<String> operands = List.copyOf(words);
    Job job =
        switch (verb) {
          case "list", "long", "read", "extract", "disc" -> DiscJobs.job(verb, operands);
          default -> disks.job(verb, operands);
        };
    boolean isRepeatable =
        switch (verb) {
          case "compare", "hash", "map", "check", "list", "long", "read" -> true;
          default -> false;
        };
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (int round = 0; rounds < 0 ? lines.readLine() != null : round < rounds; round++) {
      run(job, isRepeatable);
    }
  }

  private static void usage() {
    System.err.print(USAGE);
    System.exit(2);
  }

  private static void run(Job job, boolean isRepeatable) throws IOException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long wall = System.nanoTime();
    int times = 0;
    long taken;
    do {
      job.run();
      times++;
      taken = System.nanoTime() - wall;
    } while (isRepeatable && taken < LONG_ENOUGH);
    System.out.printf(
        Locale.ROOT,
        "%.6f %.6f%n",
        taken / 1e9 / times,
        (system.getProcessCpuTime() - cpu) / 1e9 / times);
  }
}
