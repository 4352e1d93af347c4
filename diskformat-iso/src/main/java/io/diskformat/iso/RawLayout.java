package io.diskformat.iso;

import io.diskformat.iso.RawSectors.Layout;
import io.diskformat.spi.Probe;
import java.io.IOException;
import java.util.Optional;

/** Finds out how an image has its sectors: by where the mark of the first volume is. */
final class RawLayout {
  private static final int DESCRIPTOR = 16;
  private static final int MODE_1 = 1;
  private static final int MODE_2 = 2;

  private RawLayout() {}

  /** Returns the layout, or empty if the image is no disc, or has the content of sectors alone. */
  static Optional<Layout> of(Probe probe) throws IOException {
    for (Layout layout : Layout.values()) {
      if (layout == Layout.WITHOUT_HEADER || probe.hasAt(0, RawSectors.SYNC)) {
        for (int mode = MODE_1; mode <= MODE_2; mode++) {
          if (isMarked(probe, layout, mode)) {
            return Optional.of(layout);
          }
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isMarked(Probe probe, Layout layout, int mode) throws IOException {
    long at = (long) DESCRIPTOR * layout.sector() + RawSectors.content(layout, mode);
    return probe.hasAt(at + VolumeDescriptor.MARK_AT, VolumeDescriptor.MARK)
        || probe.hasAt(at + VolumeDescriptor.MARK_AT, "BEA01");
  }
}
