package io.diskformat.vmdk;

import io.diskformat.ImageOutput;
import io.diskformat.spi.CreateRequest;
import io.diskformat.spi.OutputRequest;
import io.diskformat.storage.Storage;
import io.diskformat.storage.StorageOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lays out a new image, and the files that it consists of: its extents first. */
final class VmdkCreator {
  private static final byte[] NO_DESCRIPTOR = {};

  private final CreateRequest request;
  private final VmdkOptions options;
  private final String fileName;

  private VmdkCreator(CreateRequest request, VmdkOptions options, String fileName) {
    this.request = request;
    this.options = options;
    this.fileName = fileName;
  }

  /**
   * Writes an image.
   *
   * @throws IllegalArgumentException if options make no sense
   * @throws IOException if it cannot be written
   */
  static void create(CreateRequest request) throws IOException {
    if (VmdkOptions.subformat(request.options()).isStream()) {
      StorageOutput output = new StorageOutput(request::storage);
      try (ImageOutput empty =
          VmdkOutput.begin(new OutputRequest(request.name(), output, request.options(), true))) {
        empty.finish();
      }
      return;
    }
    String fileName = NewNames.fileName(request.name());
    NewNames.requireRecordable(request.name(), fileName);
    new VmdkCreator(request, VmdkOptions.of(request), fileName).create();
  }

  private void create() throws IOException {
    List<ExtentLine> extents = extents();
    byte[] descriptor = new NewDescriptor(options, extents).bytes();
    if (options.subformat().isOneFile()) {
      new NewSparseExtent(request.storage(), options.sectors())
          .create(options.zeroedGrains(), descriptor);
      return;
    }
    for (ExtentLine extent : extents) {
      create(extent, request.newDataFile(extent.file().orElseThrow()));
    }
    request.storage().write(0, MemorySegment.ofArray(descriptor));
  }

  /** Returns the extents of the disk: one even if that is empty. */
  private List<ExtentLine> extents() {
    List<ExtentLine> extents = new ArrayList<>();
    long left = options.sectors();
    do {
      long sectors = Math.min(left, options.subformat().extentSectors());
      String name = options.subformat().extentName(fileName, extents.size() + 1);
      extents.add(
          new ExtentLine(Access.RW, sectors, options.subformat().type, Optional.of(name), 0));
      left -= sectors;
    } while (left > 0);
    return extents;
  }

  private void create(ExtentLine extent, Storage storage) throws IOException {
    switch (extent.type()) {
      case SPARSE ->
          new NewSparseExtent(storage, extent.sectors())
              .create(options.zeroedGrains(), NO_DESCRIPTOR);
      case VMFSSPARSE -> NewCowdExtent.create(storage, options);
      default -> storage.resize(extent.length());
    }
  }
}
