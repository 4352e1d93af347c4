package io.diskformat.iso;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.FormatOption;
import io.diskformat.ImageMaintenance;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.StorageDevice;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.RawSectors.Layout;
import io.diskformat.spi.CreateRequest;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.spi.PassingImage;
import io.diskformat.spi.Probe;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** ISO images: the sectors of a disc, from the first to the last. */
public final class IsoFormat implements DiskFormat {
  /** For {@link java.util.ServiceLoader}. */
  public IsoFormat() {}

  @Override
  public String name() {
    return "iso";
  }

  @Override
  public boolean recognizes(Probe probe) throws IOException {
    return hasVolume(probe) || RawLayout.of(probe).isPresent() || CueSheet.isMarked(probe);
  }

  private static boolean hasVolume(Probe probe) throws IOException {
    if (probe.hasAt(VolumeDescriptor.FIRST + VolumeDescriptor.MARK_AT, VolumeDescriptor.MARK)) {
      return true;
    }
    // UDF's mark follows one that begins its descriptors.
    for (int sector : new int[] {2048, 4096}) {
      if (probe.hasAt(VolumeDescriptor.FIRST + 1, "BEA01")
          && probe.hasAt(VolumeDescriptor.FIRST + sector + 1, "NSR0")) {
        return true;
      }
    }
    return false;
  }

  /** The data of any image may happen to have this mark there. */
  @Override
  public boolean isMarkedFurtherOn() {
    return true;
  }

  @Override
  public void inspect(PassingImage image) {
    IsoInspection.begin(image);
  }

  @Override
  public DiskImage open(OpenRequest request) throws IOException {
    Storage storage = request.storage();
    if (request.options().isWritable()) {
      throw new UnsupportedFeatureException(storage.name(), "writing to an iso image");
    }
    Probe probe = new Probe(storage);
    if (!hasVolume(probe) && CueSheet.isMarked(probe)) {
      return ImageFiles.open(request, files -> CueImage.open(request, files));
    }
    Optional<Layout> layout = RawLayout.of(probe);
    if (layout.isPresent()) {
      BlockDevice raw = new StorageDevice(storage, false);
      BlockDevice sectors = new RawSectors(raw, layout.get(), 0, storage.size());
      IsoDescription description = IsoDescription.of(storage, new DeviceBytes(sectors), List.of());
      return new RawIsoImage(raw, sectors, description);
    }
    return IsoImage.open(storage);
  }

  @Override
  public ImageMaintenance maintain(OpenRequest request) throws IOException {
    return new IsoMaintenance(open(request.forReading()));
  }

  @Override
  public List<FormatOption> options() {
    return List.of();
  }

  @Override
  public void create(CreateRequest request) throws IOException {
    throw new UnsupportedFeatureException(
        request.storage().name(), "creating an iso image as a disk");
  }
}
