package io.diskformat.vmdk;

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
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/** What an image says of itself, as users see it. */
final class VmdkDescription {
  private static final String CID = "cid";

  private final OpenRequest request;
  private final MainFile main;

  VmdkDescription(OpenRequest request, MainFile main) {
    this.request = request;
    this.main = main;
  }

  /** Returns what the image says of itself now. */
  VmdkDescription now() throws IOException {
    return new VmdkDescription(request, MainFile.read(request.storage()));
  }

  /** Returns what the image's descriptor says. */
  Descriptor descriptor() {
    return main.descriptor();
  }

  /** Returns the number of the content of an image that was described. */
  static long cid(ImageInfo info) {
    return (Long) Objects.requireNonNull(info.details().get(CID));
  }

  /** Describes the image. */
  ImageInfo info() throws IOException {
    Storage storage = request.storage();
    return new ImageInfo(
        "vmdk",
        storage.name(),
        descriptor().size(),
        storage.allocatedSize(),
        grainSize(),
        main.header().map(SparseHeader::unclean).orElse(false),
        Optional.empty(),
        references(),
        Optional.empty(),
        List.of(),
        details());
  }

  /** Of the extents that are files of their own, only these say it. */
  private OptionalLong grainSize() {
    return main.header().isPresent()
        ? OptionalLong.of(1L << main.header().get().grainBits())
        : OptionalLong.empty();
  }

  private List<RecordedReference> references() {
    List<RecordedReference> references = new ArrayList<>();
    descriptor()
        .parentName()
        .ifPresent(name -> references.add(reference(Reference.Kind.BACKING_FILE, name)));
    if (main.header().isEmpty()) {
      descriptor().extents().stream()
          .filter(extent -> extent.type() != ExtentType.ZERO)
          .flatMap(extent -> extent.file().stream())
          .distinct()
          .forEach(name -> references.add(reference(Reference.Kind.EXTENT, name)));
    }
    return references;
  }

  private RecordedReference reference(Reference.Kind kind, String name) {
    return RecordedReference.named(
        kind, name, request.locate(name).map(Path::toString), Optional.empty());
  }

  private Map<String, Object> details() {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put(CID, descriptor().cid());
    details.put("parent-cid", descriptor().parentCid());
    details.put("create-type", descriptor().createType());
    details.put("extents", descriptor().extents().stream().map(this::details).toList());
    return details;
  }

  private Map<String, Object> details(ExtentLine extent) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("virtual-size", extent.length());
    file(extent).ifPresent(file -> details.put("filename", file));
    grainSize().ifPresent(size -> details.put("cluster-size", size));
    details.put("format", extent.type().name());
    if (extent.access() != Access.RW) {
      details.put("access", extent.access().name());
    }
    if (main.header().map(SparseHeader::isCompressed).orElse(false)) {
      details.put("compressed", true);
    }
    return details;
  }

  private Optional<String> file(ExtentLine extent) {
    return main.header().isPresent()
        ? Optional.of(request.storage().name())
        : extent.file().map(name -> request.locate(name).map(Path::toString).orElse(name));
  }
}
