package io.diskformat.raw;

import static io.diskformat.raw.RawUnderTest.RAW;

import io.diskformat.testing.FullDiskProof;
import java.util.List;

/** Writes to raw images that fail. */
final class RawFullDiskTest extends FullDiskProof {
  RawFullDiskTest() {
    super(RAW);
  }

  @Override
  protected List<String> layouts() {
    return List.of("plain");
  }

  @Override
  protected String layoutToBreak() {
    return "plain";
  }
}
