package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import io.diskformat.device.JoinedDevice;
import io.diskformat.device.JoinedDevice.Part;
import io.diskformat.device.ZeroDevice;
import java.util.ArrayList;
import java.util.List;

/** The content of a file that is stored as it is, as a device over its ranges. */
public final class FileContent {
  private FileContent() {}

  /**
   * Returns a read-only device whose bytes are those of the ranges, one after the other. They are
   * copied from {@code device} alone, whenever they are read. Closing it leaves the other open.
   *
   * @param device what the ranges are of
   * @param ranges of a file
   * @throws IndexOutOfBoundsException if one of them is not within the device
   */
  public static BlockDevice of(BlockDevice device, List<ByteRange> ranges) {
    List<Part> parts = new ArrayList<>(ranges.size());
    for (ByteRange range : ranges) {
      parts.add(
          range.isHole()
              ? Part.of(new ZeroDevice(device.toString(), range.length()))
              : new Part(device, range.offset(), range.length()));
    }
    return JoinedDevice.reading(parts);
  }
}
