package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.JoinedDevice;
import io.diskformat.device.StorageDevice;
import io.diskformat.device.ZeroDevice;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Opens the extents of a disk, and puts them together. */
final class ExtentFiles {
  /** The most files of a disk: more than any tool makes. */
  static final int MOST_FILES = 4096;

  private final OpenRequest request;
  private final ImageFiles files;
  private final MainFile main;

  /** The open files, by their names: several flat extents may be in one file. */
  private final Map<String, BlockDevice> opened = new HashMap<>();

  ExtentFiles(OpenRequest request, ImageFiles files, MainFile main) {
    this.request = request;
    this.files = files;
    this.main = main;
  }

  /** Opens the extents, and returns what parts of the disk they are. */
  List<JoinedDevice.Part> open() throws IOException {
    List<JoinedDevice.Part> parts = new ArrayList<>();
    long start = 0;
    for (ExtentLine line : main.descriptor().extents()) {
      parts.add(part(line, start));
      start += line.length();
    }
    return parts;
  }

  private JoinedDevice.Part part(ExtentLine line, long start) throws IOException {
    if (line.access() == Access.NOACCESS) {
      return JoinedDevice.Part.of(new NoAccessDevice(image(), line.length()));
    }
    if (line.type() == ExtentType.ZERO) {
      return JoinedDevice.Part.of(new ZeroDevice(image(), line.length()));
    }
    long position = line.firstSector() << ExtentLine.SECTOR_BITS;
    BlockDevice device = line.type().isFlat() ? flat(line) : sparse(line, start);
    if (line.length() > device.size() - position) {
      throw new CorruptImageException(
          image(),
          "descriptor",
          -1,
          "says an extent of "
              + line.length()
              + " bytes from "
              + position
              + " on of "
              + device
              + ", which has "
              + device.size()
              + ": was it cut short?");
    }
    return new JoinedDevice.Part(device, position, line.length());
  }

  private String image() {
    return files.image().name();
  }

  private BlockDevice flat(ExtentLine line) throws IOException {
    String name = line.file().orElseThrow();
    BlockDevice already = opened.get(name);
    if (already instanceof StorageDevice device && device.isWritable() == isWritable(line)) {
      return device;
    }
    boolean writable = isWritable(line);
    BlockDevice device = new StorageDevice(storage(name, writable), writable);
    opened.put(name, device);
    return device;
  }

  /** Each has tables of its own, which would not be of two parts of a disk. */
  private BlockDevice sparse(ExtentLine line, long start) throws IOException {
    BlockDevice below = below(start, line.length());
    boolean writable = isWritable(line);
    if (main.header().isPresent()) {
      return hosted(files.image(), main.header().get(), below, line);
    }
    String name = line.file().orElseThrow();
    Storage storage = storage(name, writable);
    BlockDevice device =
        switch (line.type()) {
          case SPARSE -> hosted(storage, SparseHeader.read(storage, 0), below, line);
          case VMFSSPARSE -> restored(CowdExtent.open(storage, below, writable), line);
          case SESPARSE -> seSparse(storage, below, writable);
          default -> throw new IllegalStateException(line.toString());
        };
    opened.put(name, device);
    return device;
  }

  private SparseExtent hosted(
      Storage storage, SparseHeader header, @Nullable BlockDevice below, ExtentLine line)
      throws IOException {
    request.checkMetadata("the grain directory", header.tables() << GrainMap.ENTRY_BITS);
    return isWritable(line)
        ? restored(
            SparseExtent.openWritable(storage, header, main.header().isPresent(), below), line)
        : SparseExtent.open(storage, header, below);
  }

  /**
   * Shrinks an extent to the length in its line: a resize that was cut off may have left it longer.
   */
  private static SparseExtent restored(SparseExtent extent, ExtentLine line) throws IOException {
    if (extent.wasCutOff() && line.length() < extent.size()) {
      extent.shrink(line.length(), () -> {});
    }
    return extent;
  }

  private static BlockDevice seSparse(
      Storage storage, @Nullable BlockDevice below, boolean writable) throws IOException {
    if (writable) {
      throw new UnsupportedFeatureException(
          storage.name(), "writing a space-efficient sparse VMDK extent (seSparse)");
    }
    return SeSparseMap.open(storage, below);
  }

  /** The image may be written, and the descriptor allows it for the extent. */
  private boolean isWritable(ExtentLine line) {
    return request.options().isWritable() && line.access() == Access.RW;
  }

  private Storage storage(String name, boolean writable) throws IOException {
    if (opened.containsKey(name)) {
      throw new CorruptImageException(
          image(), "descriptor", -1, "names \"" + name + "\" as several extents");
    }
    if (opened.size() == MOST_FILES) {
      throw new UnsupportedFeatureException(
          image(), "more than " + MOST_FILES + " files of a VMDK image");
    }
    return files.add(() -> request.openExtent(name, writable));
  }

  private @Nullable BlockDevice below(long start, long length) {
    return slice(files.below(), start, length);
  }

  /**
   * Returns the part of the disk below that an extent is a difference to; null if there is none.
   */
  static @Nullable BlockDevice slice(@Nullable BlockDevice below, long start, long length) {
    if (below == null || start >= below.size()) {
      return null;
    }
    return JoinedDevice.slice(below, start, Math.min(length, below.size() - start));
  }
}
