package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.DiskImage;
import java.io.IOException;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/**
 * Proves that an image can be closed while others write it: what a call that returned has written
 * is durable, every other call throws, and nothing late reaches the file.
 *
 * <p>A test class says how large the format's units are and how many barriers a closing makes.
 */
public abstract class ClosingProof extends Proof {
  private static final int UNITS = 8;

  private final String layout;
  private final int unit;
  private final boolean compresses;

  /**
   * Creates a proof.
   *
   * @param layout of the image, for {@link FormatUnderTest#create}
   * @param unit the size of the format's units, in bytes
   * @param compresses whether the format writes compressed units
   */
  protected ClosingProof(FormatUnderTest format, String layout, int unit, boolean compresses) {
    super(format);
    this.layout = layout;
    this.unit = unit;
    this.compresses = compresses;
  }

  /** Returns how many barriers the closing of a changed image makes at least. */
  protected abstract int barriers();

  /**
   * Returns how many barriers the closing of an image makes that nobody changed; or empty, if a
   * write that comes too late may be in the file though it is refused.
   */
  protected abstract OptionalInt barriersOfUnchanged();

  /** Returns how often an image is closed while several threads write it. */
  protected int rounds() {
    return 30;
  }

  private ClosingBesideWriters closing() throws IOException {
    PagedStorage image = format().created(file(), layout, (long) UNITS * unit);
    try (DiskImage disk = open(image)) {
      disk.write(0, RandomContent.of(1, 0, 2 * unit));
    }
    return new ClosingBesideWriters(image, format().writable(), unit, compresses);
  }

  private int calls() {
    return compresses ? 7 : 6;
  }

  /** What a call that returned has written is durable; every other call throws. */
  @Test
  public final void whatReturnsBesideClosingIsInTheFile() throws Exception {
    int made = closing().atEachFlush(true);
    assertTrue(made >= calls() * barriers(), made + " calls");
  }

  /** After a closing that fails, calls are refused, too. */
  @Test
  public final void aClosingThatFailsLetsNobodyIn() throws Exception {
    closing().failing();
  }

  /**
   * Calls that come too late change nothing, not even the identity by which other images know it.
   */
  @Test
  public final void anImageThatIsClosedUnchangedStaysSo() throws Exception {
    assumeTrue(barriersOfUnchanged().isPresent());
    assertEquals(calls() * barriersOfUnchanged().getAsInt(), closing().atEachFlush(false));
  }

  /** Several write, and two close. */
  @Test
  public final void whatManyWroteIsInTheFile() throws Exception {
    assertTrue(closing().stress(rounds()) > 0);
  }
}
