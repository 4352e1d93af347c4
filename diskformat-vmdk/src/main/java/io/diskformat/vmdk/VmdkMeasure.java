package io.diskformat.vmdk;

import io.diskformat.Measurement;
import io.diskformat.spi.CommonOptions;
import io.diskformat.spi.MeasureRequest;
import java.io.IOException;

/**
 * How large the files of a new image will be, together. What depends on names, or on how well data
 * can be compressed, is taken to be as large as it can be.
 */
final class VmdkMeasure {
  /** The length of a descriptor that is a file, without the lines of its extents, in bytes. */
  private static final long DESCRIPTOR = 4096;

  /** The length of an extent's line in a descriptor, with the longest name, in bytes. */
  private static final long LINE = 1024;

  private static final long GRAIN = (long) NewSparseHeader.GRAIN_SECTORS << ExtentLine.SECTOR_BITS;

  /**
   * The most bytes by which a grain's record is longer than the grain: its marker, and whole
   * sectors.
   */
  private static final long STREAM_EXTRA = 1024;

  /**
   * The sectors of the directory's marker, the footer with its marker, the end, and one to spare.
   */
  private static final int STREAM_END_SECTORS = 5;

  private VmdkMeasure() {}

  static Measurement run(MeasureRequest request) throws IOException {
    Subformat subformat = VmdkOptions.subformat(request.options());
    var _ = VmdkOptions.ofStream(request.name(), request.options());
    long size = request.size();
    long sectors = size >>> ExtentLine.SECTOR_BITS;
    long extents = Math.max(1, Math.ceilDiv(sectors, subformat.extentSectors()));
    long descriptor = subformat.isOneFile() ? 0 : DESCRIPTOR + extents * LINE;
    if (subformat.type == ExtentType.FLAT || subformat.type == ExtentType.VMFS) {
      return Measurement.of(size + descriptor, size + descriptor);
    }
    // What differs from a parent is not known.
    boolean isDifference = CommonOptions.BACKING_FILE.textIn(request.options()).isPresent();
    boolean isUnknown = isDifference && request.source().isPresent();
    if (subformat.type == ExtentType.VMFSSPARSE) {
      return ofCowd(request, NewCowdExtent.overhead(sectors) + descriptor, isUnknown);
    }
    long overhead =
        overhead(sectors, subformat.extentSectors())
            + descriptor
            + (subformat.isStream() ? streamEnd(sectors) : 0);
    long all = Math.ceilDiv(size, GRAIN) * GRAIN;
    long data = isUnknown ? all : request.dataIn(GRAIN);
    long perGrain = subformat.isStream() ? GRAIN + STREAM_EXTRA : GRAIN;
    return Measurement.of(overhead + data / GRAIN * perGrain, overhead + all / GRAIN * perGrain);
  }

  /** Returns the sizes of an extent whose grains are sectors, and whose tables come with them. */
  private static Measurement ofCowd(MeasureRequest request, long overhead, boolean isUnknown)
      throws IOException {
    long reach = 1L << (CowdExtent.TABLE_BITS + ExtentLine.SECTOR_BITS);
    long table = 1L << (CowdExtent.TABLE_BITS + GrainMap.ENTRY_BITS);
    long all = overhead + request.size() + Math.ceilDiv(request.size(), reach) * table;
    if (isUnknown) {
      return Measurement.of(all, all);
    }
    long tables = request.dataIn(reach) / reach * table;
    return Measurement.of(overhead + tables + request.dataIn(1L << ExtentLine.SECTOR_BITS), all);
  }

  /** Returns what the tables behind the grains of a stream take with their markers, in bytes. */
  private static long streamEnd(long sectors) {
    int tables = NewSparseHeader.tables(sectors);
    long end =
        (NewSparseHeader.TABLE_SECTORS + 1L) * tables
            + NewSparseHeader.directorySectors(tables)
            + STREAM_END_SECTORS;
    return end << ExtentLine.SECTOR_BITS;
  }

  /** Returns what comes before the grains of all extents, in bytes. */
  private static long overhead(long sectors, long extentSectors) {
    long overhead = 0;
    long left = sectors;
    do {
      long extent = Math.min(left, extentSectors);
      overhead += NewSparseExtent.overhead(extent);
      left -= extent;
    } while (left > 0);
    return overhead << ExtentLine.SECTOR_BITS;
  }
}
