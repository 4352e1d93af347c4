package io.diskformat.testing;

import io.diskformat.DiskImage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The base of all proofs of a format. A test class extends one of them, hands its {@link
 * FormatUnderTest} to the constructor and implements what is abstract; JUnit runs the inherited
 * tests.
 *
 * <p>One object runs all tests of its class, so that parameterized tests can ask it for their
 * parameters; it must keep no state from one test to the next.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class Proof {
  private final FormatUnderTest format;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path directory;

  /** Creates a proof of a format. */
  protected Proof(FormatUnderTest format) {
    this.format = format;
  }

  /** Returns the format that is proved. */
  protected final FormatUnderTest format() {
    return format;
  }

  /** Returns the directory of the test that is running, which was empty when that began. */
  protected final Path directory() {
    return directory;
  }

  /** Returns where in that directory the image is. */
  protected final Path file() {
    return directory.resolve("image." + format.name());
  }

  /** Opens an image in memory for writing; the storage stays open when the image is closed. */
  protected final DiskImage open(Storage image) throws IOException {
    return format.openWritable(image, file());
  }
}
