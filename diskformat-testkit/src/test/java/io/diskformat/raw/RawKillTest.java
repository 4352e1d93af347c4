package io.diskformat.raw;

import static io.diskformat.raw.RawUnderTest.RAW;

import io.diskformat.testing.KillProof;
import io.diskformat.testing.Kills;
import java.io.IOException;
import java.util.List;

/** Processes that write raw images are killed. */
final class RawKillTest extends KillProof<String> {
  RawKillTest() {
    super(RAW, 2);
  }

  @Override
  protected List<String> kinds() {
    return List.of("plain");
  }

  @Override
  protected Kills kills(String kind, long seed) throws IOException {
    RAW.create(file(), kind, 24 << 20);
    return new Kills("raw", file(), seed).clusters(4096).checkedBy(Kills.Audit.by(RAW));
  }
}
