package io.diskformat.layer;

import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Marks stored data that lies in a hole of the host file as reading as zeroes. */
public final class HostHoleCursor implements ExtentCursor {
  private final ExtentCursor source;
  private final Storage data;
  private final LongSupplier epoch;

  /** The epoch before the current extent was looked up, and that before the next one. */
  private long epochOfExtent;

  private long epochOfNext;
  private @Nullable Extent rest;

  /**
   * Creates a cursor over the extents of {@code source}.
   *
   * @param data the storage that their host offsets are positions of
   */
  public HostHoleCursor(ExtentCursor source, Storage data) {
    this(source, data, () -> 0);
  }

  /**
   * Creates a cursor over the extents of an image that may be written meanwhile.
   *
   * @param source looks up at most one extent ahead
   * @param data the storage that its host offsets are positions of
   * @param epoch a number that changes when a place may have been reused
   */
  HostHoleCursor(ExtentCursor source, Storage data, LongSupplier epoch) {
    this.source = source;
    this.data = data;
    this.epoch = epoch;
    this.epochOfNext = epoch.getAsLong();
  }

  @Override
  public @Nullable Extent next() throws IOException {
    Extent extent = rest != null ? rest : nextOfSource();
    rest = null;
    if (extent == null || extent.kind() != Extent.Kind.DATA || extent.hostOffset() < 0) {
      return extent;
    }
    long position = extent.hostOffset();
    long nextData = data.nextData(position);
    // Beyond the end of the file there is no hole: the image was cut short, and a read reports
    // that.
    boolean hole = nextData > position;
    long end = hole ? nextData : data.nextHole(position);
    if (end - position > 0 && end - position < extent.length()) {
      rest = extent.from(extent.offset() + end - position);
      extent = extent.withLength(end - position);
    }
    // A place that was freed meanwhile may be a hole for that reason.
    return hole && epoch.getAsLong() == epochOfExtent ? extent.readingZeroes() : extent;
  }

  private @Nullable Extent nextOfSource() throws IOException {
    epochOfExtent = epochOfNext;
    epochOfNext = epoch.getAsLong();
    return source.next();
  }
}
