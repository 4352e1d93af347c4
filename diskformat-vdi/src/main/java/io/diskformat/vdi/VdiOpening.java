package io.diskformat.vdi;

import io.diskformat.BlockDevice;
import io.diskformat.OpenOptions;
import io.diskformat.layer.UnopenedMap;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;

/** Opens an image as a disk, and with it those that it is a difference to. */
final class VdiOpening {
  private VdiOpening() {}

  static VdiImage open(OpenRequest request) throws IOException {
    return ImageFiles.open(request, files -> open(request, files));
  }

  private static VdiImage open(OpenRequest request, ImageFiles files) throws IOException {
    OpenOptions options = request.options();
    Storage storage = files.image();
    VdiHeader header = VdiHeader.read(storage);
    if (options.isMetadataOnly()) {
      return new VdiImage(files, header, new UnopenedMap(storage.name(), header.blockSize()), null);
    }
    request.checkMetadata("the block map", header.mapEnd() - header.mapPosition());
    if (header.hasParent()) {
      BlockDevice _ = files.openBelow(() -> new VdiParent(request, header).open(false));
    }
    return options.isWritable()
        ? writable(files, header)
        : new VdiImage(files, header, BlockMap.readOnly(storage, header), null);
  }

  private static VdiImage writable(ImageFiles files, VdiHeader header) throws IOException {
    Storage storage = files.image();
    header.requireWritable(storage);
    BlockMap map = BlockMap.writable(storage, header);
    return new VdiImage(files, header, map, new VdiWriter(storage, header, map));
  }
}
