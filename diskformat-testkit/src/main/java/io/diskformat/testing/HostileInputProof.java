package io.diskformat.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Proves that hostile files do no harm: every field of every structure is set to every value that
 * might, then bytes are changed at random, and files are cut anywhere; each time, the format ends
 * soon and in little memory, with an image or one of its exceptions.
 *
 * <p>A test class supplies images, and where their structures are. {@code
 * -Ddiskformat.corruptions=100000} makes a long run.
 */
public abstract class HostileInputProof extends Proof {
  /** What opens the images that are encrypted. */
  protected static final String PASSPHRASE = "passphrase";

  private static final int CORRUPTIONS = Integer.getInteger("diskformat.corruptions", 1000);

  /** Creates a proof of a format. */
  protected HostileInputProof(FormatUnderTest format) {
    super(format);
  }

  /** Creates small valid images that together have every structure of the format. */
  protected abstract List<Path> images() throws IOException;

  /**
   * Returns the class that finds the structures of an image; its constructor takes the bytes of the
   * file.
   */
  protected abstract Class<? extends HostileRun.Structures> structures();

  /**
   * Creates more images, of which each field is mutated, but no bytes at random: where these may
   * hit a number that says how long to compute, such a mutation may rightly take its time.
   */
  protected List<Path> imagesForFields() throws IOException {
    return List.of();
  }

  /** Creates images that are hostile without a mutation: they claim to be large, or never end. */
  protected List<Path> bombs() throws IOException {
    return List.of();
  }

  /** Each image is mutated in every way. */
  @Test
  public final void everyFieldAtItsLimits() throws IOException {
    run(images(), CORRUPTIONS);
  }

  /** Each of those images is mutated in every way but at random. */
  @Test
  public final void everyFieldAloneAtItsLimits() throws IOException {
    List<Path> images = imagesForFields();
    if (!images.isEmpty()) {
      run(images, 0);
    }
  }

  /** Each hostile image is tried as it is. */
  @Test
  public final void bombsDoNoHarm() throws IOException {
    List<Path> images = bombs();
    if (!images.isEmpty()) {
      run(images, -1);
    }
  }

  private void run(List<Path> images, int corruptions) {
    HostileRun.inProcess(format().name(), structures(), Seeds.of(getClass()), corruptions, images);
  }
}
