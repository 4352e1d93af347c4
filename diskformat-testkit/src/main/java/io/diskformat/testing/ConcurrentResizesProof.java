package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImages;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that disks can be resized beside writers and readers: what is added reads as zeroes until
 * it is written.
 *
 * <p>A test class supplies layouts, and images with anything behind the end of their disks.
 */
public abstract class ConcurrentResizesProof extends Proof {
  /** The number of disks that are resized. */
  protected static final int ROUNDS = 20;

  private final boolean shrinks;
  private final int largest;

  /**
   * Creates a proof.
   *
   * @param shrinks whether the format makes disks smaller; then one thread resizes at a time
   * @param largest the largest size of a disk, in bytes
   */
  protected ConcurrentResizesProof(FormatUnderTest format, boolean shrinks, int largest) {
    super(format);
    this.shrinks = shrinks;
    this.largest = largest;
  }

  /** Returns the layouts of the images. */
  protected abstract List<String> layouts();

  /**
   * Creates an image in {@link #file()}, where another one may be, whose disk reads as zeroes and
   * is of any size. What its file holds behind the end of the disk, or what an image below does, is
   * anything.
   */
  protected abstract void createShort(String layout, Random random) throws IOException;

  /** However it grows, what is new reads as zeroes. */
  @ParameterizedTest
  @MethodSource("layouts")
  public final void whatIsAddedIsZeroUntilItIsWritten(String layout) throws Exception {
    long seed = Seeds.of(getClass());
    Random random = new Random(seed);
    new ConcurrentResizes(seed, shrinks)
        .run(
            () -> {
              createShort(layout, random);
              return DiskImages.open(file(), format().writable());
            },
            ROUNDS,
            largest);
    assertEquals("", format().problemOf(file()));
  }
}
