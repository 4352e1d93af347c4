package io.diskformat.raw;

import static io.diskformat.raw.RawUnderTest.RAW;

import io.diskformat.testing.CutShortProof;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file that is cut short, or grows, underneath an open image. */
final class CutShortTest extends CutShortProof {
  CutShortTest() {
    super(RAW);
  }

  @Override
  protected List<String> layouts() {
    return List.of("plain");
  }

  @Override
  protected List<Path> createFilled(String layout) throws IOException {
    return List.of(Files.write(file(), RandomContent.of(1, 0, 1_000_000)));
  }
}
