package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.JoinedDevice.Part;
import io.diskformat.device.StorageDevice;
import io.diskformat.device.ZeroDevice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a disk larger or smaller: its last extent. The descriptor says how long each extent is, and
 * nothing beyond that shows; so an extent grows before the descriptor says so, and shrinks after
 * it. Not thread-safe.
 */
final class VmdkResize {
  private static final String CYLINDERS = "ddb.geometry.cylinders";
  private static final long SECTOR = 1L << ExtentLine.SECTOR_BITS;

  private final ExtentLine line;
  private final boolean shared;
  private final List<Part> parts;
  private final DescriptorPlace place;
  private final @Nullable BlockDevice below;

  /**
   * Creates the resize of a disk.
   *
   * @param lines what the descriptor says of its extents
   * @param parts the extents, in the same order
   * @param below what shows where the extents store nothing, or null
   */
  VmdkResize(
      List<ExtentLine> lines,
      List<Part> parts,
      DescriptorPlace place,
      @Nullable BlockDevice below) {
    this.line = lines.getLast();
    this.shared = lines.stream().filter(each -> each.file().equals(line.file())).count() > 1;
    this.parts = new ArrayList<>(parts);
    this.place = place;
    this.below = below;
  }

  /** Returns the parts of the disk as the descriptor has them by now. */
  List<Part> parts() {
    return List.copyOf(parts);
  }

  /**
   * Resizes the disk. If that fails, it has its old size, or its new one where only a file is still
   * longer than it has to be.
   */
  void run(long newSize) throws IOException {
    Part last = parts.getLast();
    long start = size() - last.length();
    long length = newSize - start;
    // An empty disk has one extent, too, of no sectors.
    if (length < 0 || (length == 0 && parts.size() > 1)) {
      throw unsupported(last, "making a VMDK image smaller than its last extent begins");
    }
    switch (last.device()) {
      case ZeroDevice device -> record(Part.of(new ZeroDevice(device.toString(), length)));
      case StorageDevice device when device.isWritable() -> flat(device, last, length);
      case SparseExtent extent when extent.isWritable() -> sparse(extent, start, last, length);
      default -> throw unsupported(last, "resizing a VMDK image whose last extent is read-only");
    }
  }

  private long size() {
    return parts.stream().mapToLong(Part::length).sum();
  }

  private static UnsupportedFeatureException unsupported(Part part, String what) {
    return new UnsupportedFeatureException(part.device().toString(), what);
  }

  private void flat(StorageDevice device, Part last, long length) throws IOException {
    if (shared) {
      throw unsupported(last, "resizing a VMDK image whose last extent shares its file");
    }
    long end = last.offset() + length;
    if (length > last.length()) {
      long oldEnd = last.offset() + last.length();
      long there = Math.min(device.size(), end) - oldEnd;
      if (there > 0) {
        device.writeZeroes(oldEnd, there);
      }
      if (end > device.size()) {
        device.resize(end);
      }
      device.flush();
      record(new Part(device, last.offset(), length));
    } else {
      record(new Part(device, last.offset(), length));
      device.resize(end);
    }
  }

  private void sparse(SparseExtent extent, long start, Part last, long length) throws IOException {
    if (length > last.length()) {
      extent.grow(last.length(), length, ExtentFiles.slice(below, start, length));
      record(new Part(extent, 0, length));
    } else if (length < last.length()) {
      extent.shrink(length, () -> record(new Part(extent, 0, length)));
    }
  }

  /** Makes the descriptor say how long the last extent is; from then on it is so. */
  private void record(Part last) throws IOException {
    DescriptorEdit edit = new DescriptorEdit(place.read());
    edit.extentSectors(parts.size() - 1, last.length() / SECTOR);
    geometry(edit, (size() - parts.getLast().length() + last.length()) / SECTOR);
    place.replace(edit.bytes());
    parts.set(parts.size() - 1, last);
  }

  /** Makes the number of cylinders fit, where the descriptor has a geometry. */
  private static void geometry(DescriptorEdit edit, long sectors) {
    long heads = number(edit.get("ddb.geometry.heads"));
    long perTrack = number(edit.get("ddb.geometry.sectors"));
    if (heads > 0 && perTrack > 0 && number(edit.get(CYLINDERS)) > 0) {
      long most = heads == 16 ? 16_383 : 65_535;
      edit.set(CYLINDERS, String.valueOf(Math.clamp(sectors / (heads * perTrack), 1, most)));
    }
  }

  private static long number(String value) {
    return value.matches("[0-9]{1,5}") ? Long.parseLong(value) : 0;
  }
}
