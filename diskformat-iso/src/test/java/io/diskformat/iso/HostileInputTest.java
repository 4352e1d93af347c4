package io.diskformat.iso;

import io.diskformat.testing.HostileInputProof;
import io.diskformat.testing.HostileRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Every field set to every value that might hurt; then bytes at random: described and checked. */
final class HostileInputTest extends HostileInputProof {
  HostileInputTest() {
    super(new IsoUnderTest());
  }

  @Override
  protected Class<? extends HostileRun.Structures> structures() {
    return DiscStructures.class;
  }

  @Override
  protected List<Path> images() throws IOException {
    return HostileDiscs.in(directory());
  }
}
