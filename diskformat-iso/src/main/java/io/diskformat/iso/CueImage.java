package io.diskformat.iso;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.RecordedReference;
import io.diskformat.Reference;
import io.diskformat.device.JoinedDevice;
import io.diskformat.device.StorageDevice;
import io.diskformat.device.ZeroDevice;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.disc.Disc;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.spi.Probe;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Opens the track of a cue sheet as a disc. */
final class CueImage {
  private CueImage() {}

  /**
   * Opens the file of the track through the gate, unless the caller asks for the description alone,
   * which then lacks that of the disc.
   */
  static DiskImage open(OpenRequest request, ImageFiles files) throws IOException {
    CueSheet sheet = CueSheet.read(new Probe(files.image()));
    Optional<String> path = request.locate(sheet.file()).map(Path::toString);
    List<RecordedReference> references =
        List.of(
            RecordedReference.named(Reference.Kind.EXTENT, sheet.file(), path, Optional.of("raw")));
    if (request.options().isMetadataOnly()) {
      BlockDevice none = new ZeroDevice(files.image().name(), 0);
      IsoDescription description =
          new IsoDescription(files.image(), new DeviceBytes(none), Optional.empty(), references);
      return new RawIsoImage(files, none, description);
    }
    Storage file = files.add(() -> request.openExtent(sheet.file(), false));
    BlockDevice raw = new StorageDevice(file, false);
    long length = Math.max(0, Math.min(sheet.end(), file.size()) - sheet.start());
    BlockDevice sectors =
        sheet.layout().isPresent()
            ? new RawSectors(raw, sheet.layout().get(), sheet.start(), length)
            : JoinedDevice.slice(
                raw, Math.min(sheet.start(), raw.size()), length / Disc.SECTOR * Disc.SECTOR);
    return new RawIsoImage(
        files, sectors, IsoDescription.of(files.image(), new DeviceBytes(sectors), references));
  }
}
