package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that writers, readers, a discarder and a flusher may work at once. A test class supplies
 * layouts.
 */
public abstract class ConcurrentWritesProof extends Proof {

  /** Creates a proof of a format. */
  protected ConcurrentWritesProof(FormatUnderTest format) {
    super(format);
  }

  /** Returns the layouts of the images, for {@link FormatUnderTest#create}. */
  protected abstract List<String> layouts();

  /** A reader sees a version that was the last one at some moment while it read. */
  @ParameterizedTest
  @MethodSource("layouts")
  public final void eachSectorIsLinearizable(String layout) throws Exception {
    format().create(file(), layout, ConcurrentWrites.SIZE);
    try (DiskImage disk = DiskImages.open(file(), format().writable())) {
      new ConcurrentWrites().run(disk, Seeds.of(getClass()));
    }
    assertEquals("", format().problemOf(file()));
  }
}
