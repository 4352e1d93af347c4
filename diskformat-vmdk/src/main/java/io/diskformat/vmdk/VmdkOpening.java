package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.device.JoinedDevice;
import io.diskformat.device.JoinedDevice.Part;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.layer.UnopenedMap;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;

/** Opens an image as a disk, and with it its extents and those that it is a difference to. */
final class VmdkOpening {
  private static final int ANY_UNIT = 1 << ExtentLine.SECTOR_BITS;

  private VmdkOpening() {}

  static VmdkImage open(OpenRequest request) throws IOException {
    return ImageFiles.open(request, files -> open(request, files));
  }

  private static VmdkImage open(OpenRequest request, ImageFiles files) throws IOException {
    Storage storage = files.image();
    MainFile main = MainFile.read(storage);
    VmdkDescription description = new VmdkDescription(request, main);
    if (request.options().isMetadataOnly()) {
      UnopenedMap map = new UnopenedMap(storage.name(), ANY_UNIT);
      BlockDevice disk =
          new LayeredDevice(storage.name(), main.descriptor().size(), map, storage, null);
      return new VmdkImage(files, description, disk, null);
    }
    if (main.descriptor().hasParent()) {
      BlockDevice _ = files.openBelow(() -> VmdkParent.open(request, main.descriptor(), false));
    }
    List<Part> parts = new ExtentFiles(request, files, main).open();
    BlockDevice disk = JoinedDevice.owning(parts);
    if (!request.options().isWritable()) {
      return new VmdkImage(files, description, disk, null);
    }
    DescriptorPlace place = main.place(storage);
    VmdkChanges changes =
        new VmdkChanges(
            new ContentId(place, parentCid(main.descriptor(), files)),
            new VmdkResize(main.descriptor().extents(), parts, place, files.below()));
    return new VmdkImage(files, description, disk, changes);
  }

  /**
   * Returns the number of the parent's content. What somebody else supplied instead is not one that
   * the image may name.
   */
  private static OptionalLong parentCid(Descriptor child, ImageFiles files) {
    return files.imageBelow().isPresent()
            && files.imageBelow().get() instanceof VmdkImage parent
            && VmdkParent.isParent(child, parent.descriptor())
        ? OptionalLong.of(parent.descriptor().contentId())
        : OptionalLong.empty();
  }
}
