package io.diskformat.spi;

import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.storage.Storage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Tells stored data that lies over a hole of the host file as known to read zeroes. */
public final class HostHoleCursor implements ExtentCursor {
  private final ExtentCursor source;
  private final Storage data;
  private @Nullable Extent rest;

  /** Creates a cursor over what {@code source} yields, whose host offsets are positions in data. */
  public HostHoleCursor(ExtentCursor source, Storage data) {
    this.source = source;
    this.data = data;
  }

  @Override
  public @Nullable Extent next() throws IOException {
    Extent extent = rest != null ? rest : source.next();
    rest = null;
    if (extent == null || extent.kind() != Extent.Kind.DATA || extent.hostOffset() < 0) {
      return extent;
    }
    long position = extent.hostOffset();
    long nextData = data.nextData(position);
    // Beyond the end of the file there is no hole: the image was cut short, and a read tells that.
    boolean hole = nextData > position;
    long end = hole ? nextData : data.nextHole(position);
    if (end - position > 0 && end - position < extent.length()) {
      rest = extent.from(extent.offset() + end - position);
      extent = extent.withLength(end - position);
    }
    return hole ? extent.readingZeroes() : extent;
  }
}
