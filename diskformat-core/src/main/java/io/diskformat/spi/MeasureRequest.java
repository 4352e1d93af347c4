package io.diskformat.spi;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request to say how large the file of a new image would be. */
public final class MeasureRequest {
  /** The length of a sector, in bytes. */
  private static final long SECTOR = 512;

  private final String name;
  private final CreateOptions options;
  private final @Nullable BlockDevice source;

  /**
   * Creates a request.
   *
   * @param name the new image's name in error messages
   * @param options the format's own are checked; their size counts only without a source
   * @param source the disk that the new image is to hold, or null for one that holds nothing
   */
  public MeasureRequest(String name, CreateOptions options, @Nullable BlockDevice source) {
    this.name = name;
    this.options = source == null ? options : options.size(source.size());
    this.source = source;
  }

  /** Returns the new image's name in error messages. */
  public String name() {
    return name;
  }

  /** Returns the options for the new image. */
  public CreateOptions options() {
    return options;
  }

  /** Returns the size of the disk, in bytes: a whole number of sectors. */
  public long size() {
    return Math.ceilDiv(options.size(), SECTOR) * SECTOR;
  }

  /** Returns the image that the new one is to be a copy of, if there is one. */
  public Optional<DiskImage> source() {
    return source instanceof DiskImage image ? Optional.of(image) : Optional.empty();
  }

  /**
   * Returns how many bytes the units have in which the disk has data.
   *
   * @param unit the size of a unit, in bytes
   * @throws IOException if the source's tables cannot be read
   */
  public long dataIn(long unit) throws IOException {
    if (source == null) {
      return 0;
    }
    long counted = 0;
    long end = 0;
    ExtentCursor extents = source.extents();
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      if (!extent.readsAsZeroes() && extent.end() > end) {
        long start = Math.max(end, extent.offset() / unit * unit);
        end = Math.ceilDiv(extent.end(), unit) * unit;
        counted += end - start;
      }
    }
    return counted;
  }
}
