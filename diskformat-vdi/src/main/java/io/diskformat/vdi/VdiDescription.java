package io.diskformat.vdi;

import io.diskformat.ImageIdentity;
import io.diskformat.ImageInfo;
import io.diskformat.RecordedReference;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Describes what an image says of itself, as users see it. */
final class VdiDescription {
  private VdiDescription() {}

  /**
   * Describes an image.
   *
   * @param header as it is in the file now, since the first write changes it
   * @param size of the disk, in bytes
   */
  static ImageInfo of(Storage storage, VdiHeader header, long size) throws IOException {
    return new ImageInfo(
        "vdi",
        storage.name(),
        size,
        storage.allocatedSize(),
        OptionalLong.of(header.blockSize()),
        false,
        Optional.empty(),
        header.recordedParent().map(RecordedReference::parent).stream().toList(),
        Optional.of(new ImageIdentity(header.uuid(), header.modification())),
        List.of(),
        details(header));
  }

  private static Map<String, Object> details(VdiHeader header) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("type", header.type().description);
    details.put("uuid", header.uuid().toString());
    details.put("modification-uuid", header.modification().toString());
    header
        .recordedParent()
        .ifPresent(parent -> {
          details.put("parent-uuid", parent.uuid().toString());
          parent
              .modification()
              .ifPresent(uuid -> details.put("parent-modification-uuid", uuid.toString()));
        });
    return details;
  }
}
