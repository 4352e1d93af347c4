package io.diskformat.luks;

import static io.diskformat.luks.LuksUnderTest.LUKS;

import io.diskformat.testing.ConcurrentWritesProof;
import java.util.List;

/** Writers, readers, and a flusher at once. */
final class LuksConcurrentWritesTest extends ConcurrentWritesProof {
  LuksConcurrentWritesTest() {
    super(LUKS);
  }

  @Override
  protected List<String> layouts() {
    return List.of("aes-128");
  }
}
