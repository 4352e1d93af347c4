package io.diskformat.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Proves that images of every kind are read as an independent program reads them. One part of the
 * images is the same each time and has every possible pair of values of two dimensions; the others
 * are random.
 *
 * <p>A test class supplies descriptions of images, for which {@link Pairwise} helps, and makes and
 * checks the image of each. {@code -Ddiskformat.matrix.images=10000} makes a long run.
 *
 * @param <S> the description of an image
 */
public abstract class MatrixProof<S> extends Proof {
  private final int images;

  /**
   * Creates a proof.
   *
   * @param images the number of random images, unless the system property sets it
   */
  protected MatrixProof(FormatUnderTest format, int images) {
    super(format);
    this.images = images;
  }

  /** Returns descriptions that together have every pair of values. */
  protected abstract List<S> everyPair();

  /** Returns a random description. */
  protected abstract S any(Random random);

  /**
   * Makes an image in {@link #directory()}, reads it, and fails unless it holds what it must.
   *
   * @param random decides what the description leaves open
   */
  protected abstract void check(S spec, Random random) throws IOException;

  /** Is called after all images with every pair of values, to check and print what they had. */
  protected abstract void checkEveryPair();

  /** Each pair of values of two dimensions. */
  @Test
  public final void everyPairOfValues() throws IOException {
    List<S> specs = everyPair();
    for (int i = 0; i < specs.size(); i++) {
      check(specs.get(i), new Random(i), "image " + i);
    }
    System.out.println(specs.size() + " images with every pair of values");
    checkEveryPair();
  }

  /** Random values of all dimensions. */
  @Test
  public final void anyValues() throws IOException {
    // The first image has the given seed, so the seed that a failure reports repeats it at once.
    long seed = Seeds.of(getClass());
    Random seeds = new Random(seed);
    int count = Integer.getInteger("diskformat.matrix.images", images);
    for (int i = 0; i < count; i++) {
      Random random = new Random(seed);
      check(any(random), random, Seeds.toRepeat(seed));
      seed = seeds.nextLong();
    }
    System.out.println(count + " random images");
  }

  private void check(S spec, Random random, String which) throws IOException {
    try {
      check(spec, random);
    } catch (IOException | RuntimeException | AssertionError e) {
      throw new AssertionError(which + ", " + spec + ": " + e.getMessage(), e);
    }
    try (Stream<Path> files = Files.walk(directory())) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(directory())) {
          Files.delete(file);
        }
      }
    }
  }
}
