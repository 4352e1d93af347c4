package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that a power cut at any point of any work loses nothing that was flushed, and corrupts
 * nothing; and that each barrier is needed, as leaving it out is noticed.
 *
 * <p>A test class supplies kinds of work, a {@link PowerCut} for each, and for each barrier the
 * kinds of work that need it.
 *
 * @param <K> a kind of work
 * @param <B> the steps after which the format makes barriers
 */
public abstract class PowerCutProof<K, B extends Enum<B>> extends Proof {
  /** The number of possibilities for each point, roughly, unless a format says otherwise. */
  protected static final int PER_POINT = 12;

  /** The number of operations of the work, unless a format says otherwise. */
  protected static final int OPERATIONS = 40;

  private final int fewest;
  private final int attempts;

  /**
   * Creates a proof.
   *
   * @param fewest the work of each kind must have more possibilities than this, or it shows nothing
   * @param attempts the number of attempts within which the lack of any barrier must be noticed
   */
  protected PowerCutProof(FormatUnderTest format, int fewest, int attempts) {
    super(format);
    this.fewest = fewest;
    this.attempts = attempts;
  }

  /** Returns all kinds of work. */
  protected abstract List<K> kinds();

  /** Returns work that is still to be run. */
  protected abstract PowerCut scenario(K kind, long seed);

  /** Returns all steps whose barriers {@link #kindsThatNeed some work} needs. */
  protected abstract List<B> barriers();

  /**
   * Returns the kinds of work by which the lack of a step's barrier is noticed, to be tried in
   * turn.
   */
  protected abstract List<K> kindsThatNeed(B barrier);

  /** Returns how many seeds each kind of work is run with. */
  protected int runs() {
    return 1;
  }

  /** Returns the number of possibilities for each point of the work, roughly. */
  protected int perPoint(K kind) {
    return PER_POINT;
  }

  /**
   * Returns the number of operations of the work in which the lack of a barrier must be noticed.
   */
  protected int operationsWithoutBarrier(K kind) {
    return OPERATIONS;
  }

  /** Whatever is left opens, holds what was flushed, and has nothing corrupt. */
  @ParameterizedTest
  @MethodSource("kinds")
  public final void nothingFlushedIsLostAndNothingIsCorrupt(K kind) throws IOException {
    long seed = Seeds.of(getClass());
    long checked = 0;
    for (int i = 0; i < runs(); i++) {
      checked += scenario(kind, seed + i).run(seed + i, OPERATIONS, perPoint(kind));
    }
    System.out.println(kind + ": " + checked + " possibilities; " + Seeds.toRepeat(seed));
    assertTrue(checked > fewest, checked + " are too few to show anything");
  }

  /** Each barrier is missed when it is left out; otherwise the test above shows nothing. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("barriers")
  public final void aMissingBarrierIsNoticed(B barrier) throws IOException {
    long seed = Seeds.of(getClass());
    List<K> kinds = kindsThatNeed(barrier);
    for (int attempt = 0; attempt < attempts; attempt++) {
      if (fails(kinds.get(attempt % kinds.size()), barrier, seed + attempt)) {
        System.out.println("without " + barrier + ": noticed after " + (attempt + 1));
        return;
      }
    }
    throw new AssertionError(
        "a build without the barrier after " + barrier + " passes; " + Seeds.toRepeat(seed));
  }

  private boolean fails(K kind, B barrier, long seed) throws IOException {
    try {
      long _ =
          scenario(kind, seed)
              .withoutBarrier(barrier)
              .run(seed, operationsWithoutBarrier(kind), PER_POINT);
      return false;
    } catch (AssertionError expected) {
      return true;
    }
  }
}
