package io.diskformat.testing;

import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that a file which is cut short, or grows, underneath an open image makes calls fail with
 * an {@link IOException} at worst.
 *
 * <p>A test class supplies layouts, and images that hold something.
 */
public abstract class CutShortProof extends Proof {

  /** Creates a proof of a format. */
  protected CutShortProof(FormatUnderTest format) {
    super(format);
  }

  /** Returns the layouts of the images. */
  protected abstract List<String> layouts();

  /**
   * Creates an image that holds something, in {@link #file()}.
   *
   * @return the files that it is made of, each of which is cut
   */
  protected abstract List<Path> createFilled(String layout) throws IOException;

  /** Returns whether files are also cut under an image that is open for maintenance. */
  protected boolean isMaintained() {
    return false;
  }

  /** Each call succeeds or fails with an IOException. */
  @ParameterizedTest
  @MethodSource("layouts")
  public final void whatIsDoneThenFailsOrSucceeds(String layout) throws IOException {
    Path[] files = createFilled(layout).toArray(Path[]::new);
    OpenOptions options = format().writable();
    CutShort.run(() -> DiskImages.open(file(), options), files);
    if (isMaintained()) {
      CutShort.maintain(() -> DiskImages.maintain(file(), options), files);
    }
  }
}
