package io.diskformat.raw;

import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.device.StorageDevice;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** A raw image: its file is the disk. */
final class RawImage extends StorageDevice implements DiskImage {

  RawImage(Storage storage, boolean writable) throws IOException {
    super(storage, writable);
  }

  @Override
  public ImageInfo info() throws IOException {
    checkOpen();
    return new ImageInfo(
        "raw",
        storage().name(),
        size(),
        storage().allocatedSize(),
        OptionalLong.empty(),
        false,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        List.of(),
        Map.of());
  }
}
