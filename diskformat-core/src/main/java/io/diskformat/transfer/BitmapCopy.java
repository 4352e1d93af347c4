package io.diskformat.transfer;

import io.diskformat.BitmapChange;
import io.diskformat.DirtyBitmap;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Copies the dirty bitmaps of an image to one that holds the same disk. */
public final class BitmapCopy {
  private final DiskImage source;
  private final List<DirtyBitmap> bitmaps;

  private BitmapCopy(DiskImage source, List<DirtyBitmap> bitmaps) {
    this.source = source;
    this.bitmaps = bitmaps;
  }

  /**
   * Returns a copy of all bitmaps of an image, which stays open.
   *
   * @param skipInconsistent whether inconsistent ones are left out
   * @throws DiskFormatException if an image like the source has no bitmaps, or there is an
   *     inconsistent one that is not to be left out
   * @throws IOException if the bitmaps cannot be read
   */
  public static BitmapCopy of(DiskImage source, boolean skipInconsistent) throws IOException {
    if (!source.keepsBitmaps()) {
      throw new DiskFormatException(source.info().file() + ": an image like this has no bitmaps");
    }
    List<DirtyBitmap> bitmaps = new ArrayList<>();
    for (DirtyBitmap bitmap : source.bitmaps()) {
      if (!bitmap.inconsistent()) {
        bitmaps.add(bitmap);
      } else if (!skipInconsistent) {
        throw new DiskFormatException(
            source.info().file() + ": cannot copy inconsistent bitmap '" + bitmap.name() + "'");
      }
    }
    return new BitmapCopy(source, bitmaps);
  }

  /** Returns the bitmaps that are copied. */
  public List<DirtyBitmap> bitmaps() {
    return List.copyOf(bitmaps);
  }

  /**
   * Adds the bitmaps to an image.
   *
   * @param target an image in which bitmaps can be kept, and there are none of the same names
   * @param options how to open it for writing
   * @throws io.diskformat.UnsupportedFeatureException if no bitmaps can be kept in it
   * @throws IOException if it cannot be written, or the source cannot be read
   */
  public void to(Path target, OpenOptions options) throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(target, options)) {
      for (DirtyBitmap bitmap : bitmaps) {
        String name = bitmap.name();
        OptionalLong granularity = OptionalLong.of(bitmap.granularity());
        image.change(new BitmapChange.Add(name, granularity, bitmap.enabled()));
        image.change(new BitmapChange.Merge(name, source.dirtyRanges(name)));
      }
    }
  }
}
