package io.diskformat.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Sample images that other programs made, and what is in them. They are not part of the sources:
 * the system property {@code diskformat.corpus} names their directory; without it, tests of them
 * are skipped.
 */
public final class Corpus {
  private Corpus() {}

  /**
   * A sample.
   *
   * @param file where it is
   * @param content the SHA-256 of the disk, in hexadecimal, or empty if it has none that is to be
   *     read
   */
  public record Sample(Path file, Optional<String> content) {
    @Override
    public String toString() {
      return file.getFileName().toString();
    }
  }

  /** Returns the samples in a directory of the corpus, or skips the test if there is no corpus. */
  public static List<Sample> samples(String directory) throws IOException {
    Path corpus =
        Path.of(System.getProperty("diskformat.corpus", "../../shared/corpus")).normalize();
    Path manifest = corpus.resolve("MANIFEST.md");
    Assumptions.assumeTrue(
        Files.exists(manifest), "no sample images: -Ddiskformat.corpus says where they are");
    try (Stream<String> lines = Files.lines(manifest)) {
      return lines
          .filter(line -> line.startsWith("| " + directory + "/"))
          .map(line -> line.split("\\|"))
          .map(row -> new Sample(corpus.resolve(row[1].strip()), sha256(row[4].strip())))
          .toList();
    }
  }

  private static Optional<String> sha256(String cell) {
    return Optional.of(cell).filter(text -> text.matches("[0-9a-f]{64}"));
  }
}
