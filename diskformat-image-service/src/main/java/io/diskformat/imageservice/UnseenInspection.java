package io.diskformat.imageservice;

import java.nio.ByteBuffer;

/** Looks at nothing, as the bytes were, or will be, looked at in another pass. */
final class UnseenInspection implements UploadInspection {
  @Override
  public void accept(ByteBuffer bytes) {
    // Another pass refuses them.
  }

  @Override
  public long finish() {
    return 0;
  }
}
