package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.testing.ModelProof;
import io.diskformat.testing.ModelledImage;
import java.nio.file.Path;

/** Random sequences of operations over random images. */
final class ModelTest extends ModelProof {
  ModelTest() {
    super(QCOW2, 2000);
  }

  @Override
  protected ModelledImage image(Path file, long seed) {
    return new ModelledQcow2(file, seed);
  }
}
