package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.Probe;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Optional;

/**
 * The file by which an image is opened: a descriptor, or the one extent that has it inside.
 *
 * @param descriptor of the disk
 * @param header of the extent, if the file is one
 */
record MainFile(Descriptor descriptor, Optional<SparseHeader> header) {
  /** Reads an image's own file. */
  static MainFile read(Storage storage) throws IOException {
    FileShape shape = FileShape.of(new Probe(storage));
    return switch (shape) {
      case DESCRIPTOR ->
          new MainFile(descriptor(storage, DescriptorPlace.ofFile(storage)), Optional.empty());
      case SPARSE -> sparse(storage);
      case UNFINISHED ->
          throw new CorruptImageException(
              storage.name(), "sparse header", 0, "is marked as that of an unfinished image");
      case COWD, SE_SPARSE -> throw lonelyExtent(storage);
      case OTHER ->
          throw new DiskFormatException(
              storage.name() + ": not a VMDK image: neither a descriptor nor an extent");
    };
  }

  private static MainFile sparse(Storage storage) throws IOException {
    SparseHeader header = SparseHeader.read(storage, 0);
    if (!header.hasDescriptor()) {
      throw lonelyExtent(storage);
    }
    byte[] text = DescriptorPlace.inside(storage, header).read();
    if (!FileShape.isAnyDescriptor(text)) {
      // QEMU's headers of several extents all say that there is one.
      throw lonelyExtent(storage);
    }
    MainFile file = new MainFile(DescriptorParser.parse(storage.name(), text), Optional.of(header));
    file.requireOneExtent(storage.name());
    return file;
  }

  /** This is only a part of a disk: only a descriptor says which part, and over which parent. */
  private static UnsupportedFeatureException lonelyExtent(Storage storage) {
    return new UnsupportedFeatureException(
        storage.name(), "an extent of a VMDK image on its own; open its descriptor instead");
  }

  private static Descriptor descriptor(Storage storage, DescriptorPlace place) throws IOException {
    return DescriptorParser.parse(storage.name(), place.read());
  }

  /** Returns where the descriptor is. */
  DescriptorPlace place(Storage storage) {
    return header
        .map(extent -> DescriptorPlace.inside(storage, extent))
        .orElseGet(() -> DescriptorPlace.ofFile(storage));
  }

  /** The file may have another name by now than its descriptor has for it. */
  void requireOneExtent(String image) throws UnsupportedFeatureException {
    boolean one =
        descriptor.extents().size() == 1
            && descriptor.extents().getFirst().type() == ExtentType.SPARSE
            && descriptor.extents().getFirst().access() != Access.NOACCESS;
    if (!one) {
      throw new UnsupportedFeatureException(
          image, "a VMDK extent with a descriptor inside that is not of it alone");
    }
  }
}
