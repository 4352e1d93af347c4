package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.Closeable;
import java.io.IOException;

/**
 * The file with the data of an image that is open for maintenance: the external data file, which is
 * closed with this, or the image's own file, which is not.
 */
final class DataFile implements Closeable {
  private final Storage image;
  private final Storage file;
  private final Storage storage;

  DataFile(OpenRequest request, Qcow2Header header) throws IOException {
    this.image = request.storage();
    this.file =
        header.has(Qcow2Header.EXTERNAL_DATA) ? request.openData(nameIn(image, header)) : image;
    this.storage = decrypted(request, header);
  }

  private Storage decrypted(OpenRequest request, Qcow2Header header) throws IOException {
    boolean opened = false;
    try {
      Storage decrypted = DiskCipher.of(request, header, file).data();
      opened = true;
      return decrypted;
    } finally {
      if (!opened) {
        closeFile();
      }
    }
  }

  /**
   * Returns the name of the external data file of an image that needs one.
   *
   * @throws CorruptImageException if the image does not name it
   */
  static String nameIn(Storage image, Qcow2Header header) throws CorruptImageException {
    return header
        .extensions()
        .dataFile()
        .orElseThrow(() ->
            new CorruptImageException(
                image.name(), "header", 0, "names no external data file, but needs one"));
  }

  /** Returns the data, decrypted. */
  Storage storage() {
    return storage;
  }

  @Override
  public void close() throws IOException {
    if (!storage.equals(file)) {
      storage.close();
    }
    closeFile();
  }

  private void closeFile() throws IOException {
    if (!file.equals(image)) {
      file.close();
    }
  }
}
