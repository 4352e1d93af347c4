package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens what an image has besides its own file: a file with its data, and the image below. */
final class OtherFiles {
  private OtherFiles() {}

  /**
   * Opens the external data file of an image, if it has one, and returns what decrypts its data.
   *
   * @param files which close it
   * @throws CorruptImageException if the image needs such a file and does not name it
   */
  static DiskCipher openData(OpenRequest request, ImageFiles files, Qcow2Header header)
      throws IOException {
    Storage data = files.image();
    if (header.has(Qcow2Header.EXTERNAL_DATA)) {
      Optional<String> name = header.extensions().dataFile();
      if (name.isEmpty()) {
        throw new CorruptImageException(
            files.image().name(), "header", 0, "names no external data file, but needs one");
      }
      data = files.add(() -> request.openData(name.get()));
    }
    DiskCipher cipher = DiskCipher.of(request, header, data);
    if (!cipher.data().equals(data)) {
      var _ = files.add(cipher::data);
    }
    return cipher;
  }

  /**
   * Opens the image below another for reading, unless the caller handed in a device.
   *
   * @param files which close it
   * @return the device below, or null if there is none
   */
  static @Nullable BlockDevice openBelow(OpenRequest request, ImageFiles files, Qcow2Header header)
      throws IOException {
    Optional<String> name = header.backingFile();
    return name.isEmpty()
        ? null
        : files.openBelow(
            () -> request.openBacking(name.get(), header.extensions().backingFormat()));
  }
}
