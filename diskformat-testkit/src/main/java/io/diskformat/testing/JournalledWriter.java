package io.diskformat.testing;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ReferencePolicy;
import io.diskformat.SecretSupplier;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process that writes an image at random until it is killed, and reports on its standard output
 * what it does, in the lines of a {@link WriteJournal}.
 */
final class JournalledWriter {
  private JournalledWriter() {}

  /** Returns options with a passphrase, unless it is empty. */
  static OpenOptions with(OpenOptions options, String passphrase) {
    return passphrase.isEmpty()
        ? options
        : options.secret(SecretSupplier.of(passphrase.toCharArray()));
  }

  /**
   * Arguments: format, path, cluster size, whether to compress, threads, first value, seed, and the
   * passphrase or an empty text.
   */
  public static void main(String[] arguments) throws Exception {
    OpenOptions options =
        with(OpenOptions.writable(), arguments[7])
            .format(arguments[0])
            .references(ReferencePolicy.sameDirectory())
            .parents(ParentResolver.sameDirectory());
    // Reports that it is about to open the image.
    JournalOutput output = new JournalOutput();
    output.report(0, ".");
    try (DiskImage disk = DiskImages.open(Path.of(arguments[1]), options)) {
      int threads = Integer.parseInt(arguments[4]);
      JournalledChanges changes =
          new JournalledChanges(
              disk,
              Integer.parseInt(arguments[2]),
              Boolean.parseBoolean(arguments[3]),
              threads,
              new AtomicInteger(Integer.parseInt(arguments[5])),
              output);
      SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[6]));
      for (int i = 1; i < threads; i++) {
        int thread = i;
        SplittableRandom its = random.split();
        Thread.ofPlatform().daemon().start(() -> run(changes, thread, its));
      }
      run(changes, 0, random);
    }
  }

  private static void run(JournalledChanges changes, int thread, SplittableRandom random) {
    try {
      while (true) {
        changes.step(thread, random);
      }
    } catch (Throwable e) {
      // The test sees only that the process ended, so a thread that is not the first prints, too.
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }
}
