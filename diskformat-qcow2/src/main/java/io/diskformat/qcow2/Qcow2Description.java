package io.diskformat.qcow2;

import io.diskformat.ImageInfo;
import io.diskformat.RecordedReference;
import io.diskformat.Reference;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Describes an image, as qemu-img does. */
final class Qcow2Description {
  private Qcow2Description() {}

  /**
   * Describes an image.
   *
   * @param size of the disk, in bytes
   */
  static ImageInfo of(
      Storage storage,
      Qcow2Header header,
      long size,
      SnapshotTable snapshots,
      List<RecordedReference> references)
      throws IOException {
    return new ImageInfo(
        "qcow2",
        storage.name(),
        size,
        storage.allocatedSize(),
        OptionalLong.of(header.clusterSize()),
        header.has(Qcow2Header.DIRTY),
        header.encryption().optionName(),
        references,
        Optional.empty(),
        snapshots.snapshots(),
        details(storage, header));
  }

  /** Returns the files that an image refers to. */
  static List<RecordedReference> references(OpenRequest request, Qcow2Header header) {
    List<RecordedReference> references = new ArrayList<>();
    if (header.backingFile().isPresent()) {
      references.add(
          named(
              request,
              Reference.Kind.BACKING_FILE,
              header.backingFile().get(),
              header.extensions().backingFormat()));
    }
    if (header.has(Qcow2Header.EXTERNAL_DATA)) {
      String name = header.extensions().dataFile().orElse("");
      references.add(named(request, Reference.Kind.DATA_FILE, name, Optional.empty()));
    }
    return references;
  }

  private static RecordedReference named(
      OpenRequest request, Reference.Kind kind, String name, Optional<String> format) {
    return RecordedReference.named(kind, name, request.locate(name).map(Path::toString), format);
  }

  /** Returns the properties that qemu-img reports of a qcow2 image, in its order. */
  private static Map<String, Object> details(Storage storage, Qcow2Header header)
      throws IOException {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("compat", header.version() < 3 ? "0.10" : "1.1");
    if (header.has(Qcow2Header.EXTERNAL_DATA)) {
      header.extensions().dataFile().ifPresent(name -> details.put("data-file", name));
    }
    if (header.version() >= 3 && header.has(Qcow2Header.EXTERNAL_DATA)) {
      details.put("data-file-raw", header.hasRawData());
    }
    details.put("compression-type", header.compression().optionName);
    if (header.version() >= 3) {
      details.put("lazy-refcounts", (header.compatible() & Qcow2Header.LAZY_REFCOUNTS) != 0);
    }
    details.put("refcount-bits", 1L << header.refcountOrder());
    switch (header.encryption()) {
      case NONE -> {}
      case AES -> details.put("encrypt", Map.of("format", "aes"));
      case LUKS -> details.put("encrypt", EncryptionHeader.of(storage, header).describe(storage));
    }
    if (header.version() >= 3) {
      details.put("corrupt", header.has(Qcow2Header.CORRUPT));
      List<Map<String, Object>> bitmaps = BitmapDirectory.describe(storage, header);
      if (!bitmaps.isEmpty()) {
        details.put("bitmaps", bitmaps);
      }
      details.put("extended-l2", header.has(Qcow2Header.EXTENDED_L2));
    }
    return details;
  }
}
