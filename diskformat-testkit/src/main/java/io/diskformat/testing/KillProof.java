package io.diskformat.testing;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that killing a process which writes an image loses nothing that a flush acknowledged, and
 * corrupts nothing.
 *
 * <p>A test class supplies kinds of images, and a {@link Kills} for each. {@code
 * -Ddiskformat.kills=200} makes a long run, of 200 kills over all kinds.
 *
 * @param <K> a kind of image; the names of tests have its {@code toString}
 */
public abstract class KillProof<K> extends Proof {
  private final int kills;

  /**
   * Creates a proof.
   *
   * @param kills the number of kills over all kinds of images, unless the system property sets it
   */
  protected KillProof(FormatUnderTest format, int kills) {
    super(format);
    this.kills = kills;
  }

  /** Returns all kinds of images. */
  protected abstract List<K> kinds();

  /** Creates an image in {@link #file()} and returns the run that writes it. */
  protected abstract Kills kills(K kind, long seed) throws IOException;

  /** What was flushed is there, and nothing is corrupt. */
  @ParameterizedTest
  @MethodSource("kinds")
  public final void nothingAcknowledgedIsLost(K kind) throws IOException {
    long seed = Seeds.of(getClass());
    int share = share(Integer.getInteger("diskformat.kills", kills), kinds(), kind);
    Kills run = kills(kind, seed).run(share);
    System.out.println(kind + ": " + share + " kills: " + run + "; " + Seeds.toRepeat(seed));
  }

  /** Returns how many of all kills are for one of several kinds. */
  static <K> int share(int all, List<K> kinds, K kind) {
    return all / kinds.size() + (kinds.indexOf(kind) < all % kinds.size() ? 1 : 0);
  }
}
