package io.diskformat.vmdk;

import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** The files of an image's extents, each opened once, for maintenance. */
final class ExtentStorages {
  private final OpenRequest request;
  private final ImageFiles files;
  private final Map<String, Storage> opened = new HashMap<>();

  /**
   * Creates an object.
   *
   * @param files which close what is opened
   */
  ExtentStorages(OpenRequest request, ImageFiles files) {
    this.request = request;
    this.files = files;
  }

  /**
   * Returns the file of an extent.
   *
   * @throws IOException if it cannot be opened
   */
  Storage of(ExtentLine line) throws IOException {
    String name = line.file().orElseThrow();
    Storage storage = opened.get(name);
    if (storage == null) {
      boolean writable = line.access() == Access.RW && !line.type().isFlat();
      storage = files.add(() -> request.openExtent(name, writable));
      opened.put(name, storage);
    }
    return storage;
  }

  /** Returns how many files are open. */
  int count() {
    return opened.size();
  }
}
