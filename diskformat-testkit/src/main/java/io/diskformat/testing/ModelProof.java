package io.diskformat.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Proves that images hold what was written to them: random sequences of operations on random
 * images, crashes among them, are compared with an array of bytes and with what qemu-img reads.
 *
 * <p>A test class supplies a {@link ModelledImage} for a seed. {@code
 * -Ddiskformat.model.sequences=1000000} makes a long run.
 */
public abstract class ModelProof extends Proof {
  private static final int OPERATIONS = 40;

  /** The number of images, from the first, that qemu-img looks at as well. */
  private static final int ALWAYS = 500;

  /** Of the rest it looks at one in ten, as that takes longer than all else. */
  private static final int RARELY = 10;

  private final int sequences;

  /**
   * Creates a proof.
   *
   * @param sequences the number of sequences, unless the system property sets it
   */
  protected ModelProof(FormatUnderTest format, int sequences) {
    super(format);
    this.sequences = sequences;
  }

  /**
   * Returns a sequence that is still to be run.
   *
   * @param file where the image is created, beside files that it may need
   * @param seed decides everything
   */
  protected abstract ModelledImage image(Path file, long seed);

  /** An image holds what an array would. */
  @Test
  public final void anImageHoldsWhatWasWrittenToIt() throws IOException {
    Oracle _ = Oracle.of("qemu-img");
    int count = Integer.getInteger("diskformat.model.sequences", sequences);
    long seed = Seeds.of(getClass());
    Random seeds = new Random(seed);
    for (int i = 0; i < count; i++) {
      try {
        image(file(), seed).run(OPERATIONS, i < ALWAYS || i % RARELY == 0);
      } catch (AssertionError e) {
        throw new AssertionError(Seeds.toRepeat(seed) + ": " + e.getMessage(), e);
      }
      seed = seeds.nextLong();
    }
  }
}
