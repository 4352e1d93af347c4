package io.diskformat.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.diskformat.ProgressListener;
import io.diskformat.iso.build.DiscBuilder;
import io.diskformat.iso.build.DiscOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Makes an ISO image of a tree of files again and again inside one JVM, and prints a line for each
 * round: the seconds that it took, and the seconds of CPU time that this process used for it.
 */
public final class WarmIso {
  private WarmIso() {}

  /** Runs with a tree, an image that is replaced each time, and the number of rounds. */
  public static void main(String[] args) throws IOException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    for (int round = Integer.parseInt(args[2]); round > 0; round--) {
      long cpu = system.getProcessCpuTime();
      long wall = System.nanoTime();
      var _ =
          new DiscBuilder(DiscOptions.defaults().joliet(DiscOptions.Joliet.STANDARD))
              .addTree("/", Path.of(args[0]))
              .write(Path.of(args[1]), true, ProgressListener.NONE);
      System.out.printf(
          Locale.ROOT,
          "%.3f %.3f%n",
          (System.nanoTime() - wall) / 1e9,
          (system.getProcessCpuTime() - cpu) / 1e9);
    }
  }
}
