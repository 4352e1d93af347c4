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

  /** Resizes the disk; returns its parts. */
  List<Part> run(long newSize) throws IOException {
    Part last = parts.getLast();
    long start = parts.stream().mapToLong(Part::length).sum() - last.length();
    long length = newSize - start;
    // An empty disk has one extent, too, of no sectors.
    if (length < 0 || (length == 0 && parts.size() > 1)) {
      throw unsupported(last, "making a VMDK image smaller than its last extent begins");
    }
    Part resized =
        switch (last.device()) {
          case ZeroDevice device -> zero(device, length);
          case StorageDevice device when device.isWritable() -> flat(device, last, length);
          case SparseExtent extent when extent.isWritable() -> sparse(extent, start, last, length);
          default ->
              throw unsupported(last, "resizing a VMDK image whose last extent is read-only");
        };
    parts.set(parts.size() - 1, resized);
    return List.copyOf(parts);
  }

  private static UnsupportedFeatureException unsupported(Part part, String what) {
    return new UnsupportedFeatureException(part.device().toString(), what);
  }

  private Part zero(ZeroDevice device, long length) throws IOException {
    record(length);
    return Part.of(new ZeroDevice(device.toString(), length));
  }

  private Part flat(StorageDevice device, Part last, long length) throws IOException {
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
      record(length);
    } else {
      record(length);
      device.resize(end);
    }
    return new Part(device, last.offset(), length);
  }

  private Part sparse(SparseExtent extent, long start, Part last, long length) throws IOException {
    if (length > last.length()) {
      extent.grow(last.length(), length, ExtentFiles.slice(below, start, length));
      record(length);
    } else if (length < last.length()) {
      record(length);
      extent.shrink(length);
    }
    return new Part(extent, 0, length);
  }

  /** Makes the descriptor say how long the last extent is. */
  private void record(long length) throws IOException {
    DescriptorEdit edit = new DescriptorEdit(place.read());
    edit.extentSectors(parts.size() - 1, length / SECTOR);
    long before = parts.stream().mapToLong(Part::length).sum() - parts.getLast().length();
    geometry(edit, (before + length) / SECTOR);
    place.replace(edit.bytes());
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
