package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;

import io.diskformat.testing.ModelProof;
import io.diskformat.testing.ModelledImage;
import java.nio.file.Path;

/** Random sequences of operations over random images. */
final class ModelTest extends ModelProof {
  ModelTest() {
    super(VDI, 400);
  }

  @Override
  protected ModelledImage image(Path file, long seed) {
    return new ModelledVdi(file, seed);
  }
}
