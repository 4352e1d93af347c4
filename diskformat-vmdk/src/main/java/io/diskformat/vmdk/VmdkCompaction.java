package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.JoinedDevice;
import io.diskformat.device.JoinedDevice.Part;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the files of an image as small as they can be: those of its sparse extents, in turn. */
final class VmdkCompaction {
  private VmdkCompaction() {}

  /**
   * Compacts an image.
   *
   * @param parts its extents, which are closed
   * @param below what shows where they store nothing; null for zeroes
   * @param listener gets how much of the disk is done, in bytes
   */
  static void run(List<Part> parts, @Nullable BlockDevice below, ProgressListener listener)
      throws IOException {
    try (BlockDevice disk = JoinedDevice.owning(parts)) {
      long start = 0;
      boolean any = false;
      for (Part part : parts) {
        long from = start;
        start += part.length();
        if (part.device() instanceof SparseExtent extent && extent.isWritable()) {
          extent.compact(
              ExtentFiles.slice(below, from, part.length()),
              (done, most) ->
                  listener.progress(
                      from + (long) (part.length() * (done / (double) most)), disk.size()));
          any = true;
        }
      }
      if (!any) {
        throw new UnsupportedFeatureException(
            disk.toString(), "compacting a VMDK image without a sparse extent that may be written");
      }
      listener.progress(disk.size(), disk.size());
    }
  }
}
