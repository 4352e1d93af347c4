package io.diskformat.qcow2;

import io.diskformat.CreateOptions;
import io.diskformat.testing.HandedInBackingContract;

final class HandedInBackingTest extends HandedInBackingContract {
  @Override
  protected CreateOptions difference() {
    return CreateOptions.format("qcow2")
        .option("backing_file", "nowhere")
        .option("backing_fmt", "raw");
  }

  @Override
  protected CreateOptions whole() {
    return CreateOptions.format("qcow2");
  }
}
