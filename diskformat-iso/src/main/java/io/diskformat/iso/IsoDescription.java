package io.diskformat.iso;

import io.diskformat.ImageInfo;
import io.diskformat.RecordedReference;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.disc.BootCatalogEntry;
import io.diskformat.iso.udf.Udf;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * The description of an image of a disc.
 *
 * @param storage of the image
 * @param disc the content of its sectors; of no size where other files hold that, and are not open
 * @param volume where ISO 9660 is on the disc; else there is UDF alone
 * @param references to other files
 */
record IsoDescription(
    Storage storage,
    DeviceBytes disc,
    Optional<IsoSession> volume,
    List<RecordedReference> references) {

  /**
   * The session of a disc that counts.
   *
   * @param sessions all that there are
   * @param descriptors of the last
   */
  record IsoSession(Sessions sessions, VolumeDescriptors descriptors) {}

  /**
   * Reads as much of a disc as it takes to describe it.
   *
   * @throws io.diskformat.CorruptImageException if it holds neither ISO 9660 nor UDF
   */
  static IsoDescription of(Storage storage, DeviceBytes disc, List<RecordedReference> references)
      throws IOException {
    if (Udf.isMarked(disc) && !VolumeDescriptors.isMarked(disc)) {
      return new IsoDescription(storage, disc, Optional.empty(), references);
    }
    Sessions sessions = Sessions.of(disc);
    VolumeDescriptors descriptors = VolumeDescriptors.read(disc, sessions.last());
    IsoSession session = new IsoSession(sessions, descriptors);
    return new IsoDescription(storage, disc, Optional.of(session), references);
  }

  ImageInfo info() throws IOException {
    Map<String, Object> details = new LinkedHashMap<>();
    if (volume.isPresent()) {
      putVolume(details, volume.get());
    } else if (disc.size() > 0) {
      putUdf(details);
    }
    return new ImageInfo(
        "iso",
        storage.name(),
        disc.size(),
        storage.allocatedSize(),
        OptionalLong.empty(),
        false,
        Optional.empty(),
        references,
        Optional.empty(),
        List.of(),
        details);
  }

  private void putVolume(Map<String, Object> details, IsoSession session) throws IOException {
    VolumeDescriptors descriptors = session.descriptors();
    VolumeDescriptor primary = descriptors.primary();
    details.put("label", primary.label());
    descriptors
        .of(TreeKind.JOLIET)
        .ifPresent(joliet -> putIfAny(details, "joliet label", joliet.label()));
    putIfAny(details, "system", primary.system());
    putIfAny(details, "volume set", primary.volumeSet());
    putIfAny(details, "publisher", primary.publisher());
    putIfAny(details, "preparer", primary.preparer());
    putIfAny(details, "application", primary.application());
    putIfAny(details, "created", primary.created());
    putIfAny(details, "modified", primary.modified());
    details.put("block size", (long) primary.blockSize());
    details.put("volume size", primary.volumeSize());
    details.put(
        "trees",
        DiscTrees.of(disc, descriptors).kinds().stream()
            .map(TreeKind::option)
            .collect(Collectors.joining(", ")));
    details.put("sessions", (long) session.sessions().starts().size());
    details.put("bootable", descriptors.bootCatalog().isPresent());
    putBoot(details, descriptors);
  }

  private void putBoot(Map<String, Object> details, VolumeDescriptors descriptors)
      throws IOException {
    if (descriptors.bootCatalog().isPresent()) {
      List<BootCatalogEntry> entries =
          BootCatalog.read(disc, descriptors.bootCatalog().getAsLong()).entries();
      details.put("boot entries", entries.stream().map(BootCatalog::toMap).toList());
    }
    List<String> partitions = HybridTables.kinds(disc);
    if (!partitions.isEmpty()) {
      details.put("hybrid", String.join(", ", partitions));
    }
  }

  private void putUdf(Map<String, Object> details) throws IOException {
    details.put("label", Udf.open(disc).label());
    details.put("trees", Udf.NAME);
    details.put("udf version", Udf.version(disc));
  }

  private static void putIfAny(Map<String, Object> details, String name, String value) {
    if (!value.isEmpty()) {
      details.put(name, value);
    }
  }
}
