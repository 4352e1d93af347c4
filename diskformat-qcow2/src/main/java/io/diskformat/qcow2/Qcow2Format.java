package io.diskformat.qcow2;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.NewFile;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;

/** The qcow2 format, as the document "qcow2 image format" of QEMU specifies it. */
public final class Qcow2Format implements DiskFormat {

  /** For {@link java.util.ServiceLoader}. */
  public Qcow2Format() {}

  @Override
  public String name() {
    return "qcow2";
  }

  @Override
  public boolean recognizes(byte[] head) {
    return head.length >= 8
        && head[0] == 'Q'
        && head[1] == 'F'
        && head[2] == 'I'
        && head[3] == (byte) 0xfb;
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    return Qcow2Image.open(request);
  }

  @Override
  public void create(Storage storage, CreateOptions options) throws IOException {
    Qcow2Options checked = Qcow2Options.of(options);
    if (checked.dataFile().isEmpty()) {
      new Qcow2Creator(storage, storage, checked).create(options.size());
      return;
    }
    Path dataFile =
        storage
            .path()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    storage.name() + ": an image that is no file can name no data file"))
            .resolveSibling(checked.dataFile().get());
    try (NewFile data = NewFile.beside(dataFile, options.replacesExisting())) {
      new Qcow2Creator(storage, data.storage(), checked).create(options.size());
      data.commit();
    }
  }
}
