package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;

import io.diskformat.testing.ModelProof;
import io.diskformat.testing.ModelledImage;
import java.nio.file.Path;

/** Random sequences of operations over random images. */
final class ModelTest extends ModelProof {
  ModelTest() {
    super(VMDK, 200);
  }

  @Override
  protected ModelledImage image(Path file, long seed) {
    return new ModelledVmdk(file, seed);
  }
}
