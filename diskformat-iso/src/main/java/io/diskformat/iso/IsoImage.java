package io.diskformat.iso;

import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.device.StorageDevice;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.List;

/** A disc as a disk that is only read: its image is its sectors, one after the other. */
final class IsoImage extends StorageDevice implements DiskImage {
  private final IsoDescription description;

  private IsoImage(Storage storage, IsoDescription description) throws IOException {
    super(storage, false);
    this.description = description;
  }

  static IsoImage open(Storage storage) throws IOException {
    // Closing this one would close the storage, which is the caller's if anything here fails.
    DeviceBytes disc = new DeviceBytes(new StorageDevice(storage, false));
    return new IsoImage(storage, IsoDescription.of(storage, disc, List.of()));
  }

  @Override
  public ImageInfo info() throws IOException {
    checkOpen();
    return description.info();
  }
}
