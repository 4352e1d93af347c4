package io.diskformat.raw;

import static io.diskformat.raw.RawUnderTest.RAW;

import io.diskformat.testing.ConcurrentWritesProof;
import java.util.List;

/** Writers, readers, and a flusher at once. */
final class RawConcurrentWritesTest extends ConcurrentWritesProof {
  RawConcurrentWritesTest() {
    super(RAW);
  }

  @Override
  protected List<String> layouts() {
    return List.of("plain");
  }
}
