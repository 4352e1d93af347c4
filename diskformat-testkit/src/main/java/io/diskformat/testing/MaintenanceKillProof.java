package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that killing a process which resizes an image, or compacts or commits it where the format
 * does that, loses nothing that was acknowledged.
 *
 * <p>A test class supplies kinds of images, a {@link MaintenanceKills} for each, and the steps that
 * a long run must hit. {@code -Ddiskformat.kills=200} makes a long run, of 200 kills over all
 * kinds.
 *
 * @param <K> a kind of image; the names of tests have its {@code toString}
 */
public abstract class MaintenanceKillProof<K> extends Proof {
  /** The number of kills from which on each step must have been hit. */
  private static final int MANY = 50;

  /**
   * The number of kills of one image: a disk soon has its largest size, and in a new image tables
   * must still move.
   */
  private static final int KILLS_PER_IMAGE = 3;

  private final int kills;
  private final KillHits hits = new KillHits();

  /**
   * Creates a proof.
   *
   * @param kills the number of kills over all kinds of images, unless the system property sets it
   */
  protected MaintenanceKillProof(FormatUnderTest format, int kills) {
    super(format);
    this.kills = kills;
  }

  /** Returns all kinds of images. */
  protected abstract List<K> kinds();

  /** Returns the steps that a long run must hit, as {@link KillHits#within} names them. */
  protected abstract List<String> steps();

  /**
   * Creates an image in {@link #file()}, where another one may be, and returns the run that works
   * on it.
   *
   * @param hits counts the steps that were hit
   */
  protected abstract MaintenanceKills kills(K kind, Random random, KillHits hits)
      throws IOException;

  /** What was acknowledged is there, and the disk has the old size or the new one. */
  @ParameterizedTest
  @MethodSource("kinds")
  public final void nothingAcknowledgedIsLost(K kind) throws IOException {
    long seed = Seeds.of(getClass());
    Random random = new Random(seed);
    int share = KillProof.share(Integer.getInteger("diskformat.kills", kills), kinds(), kind);
    for (int done = 0; done < share; done += KILLS_PER_IMAGE) {
      kills(kind, random, hits).run(Math.min(KILLS_PER_IMAGE, share - done));
    }
    System.out.println(kind + ": so far " + hits + "; " + Seeds.toRepeat(seed));
  }

  /** Fails if no kill of a long run came within some step, as nothing is shown of that. */
  @AfterAll
  public final void eachStepWasHit() {
    if (hits.kills() >= MANY) {
      for (String step : steps()) {
        assertTrue(hits.within(step) > 0, () -> "no kill within a step: " + step);
      }
    }
  }
}
