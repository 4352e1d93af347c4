package io.diskformat.vmdk;

import io.diskformat.storage.ForwardingStorage;
import io.diskformat.storage.Storage;

/** A storage that stays open when an image in it is closed. */
final class KeptOpen extends ForwardingStorage {
  KeptOpen(Storage storage) {
    super(storage);
  }

  @Override
  protected void release() {
    // Others go on with it.
  }
}
