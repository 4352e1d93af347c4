package io.diskformat.vdi;

import io.diskformat.CreateOptions;
import io.diskformat.testing.HandedInBackingContract;

final class HandedInBackingTest extends HandedInBackingContract {
  @Override
  protected CreateOptions difference() {
    return CreateOptions.format("vdi")
        .option("block_size", "64k")
        .option("parent_uuid", "00000000-0000-0001-0000-000000000002");
  }

  @Override
  protected CreateOptions whole() {
    return CreateOptions.format("vdi").option("block_size", "64k");
  }
}
