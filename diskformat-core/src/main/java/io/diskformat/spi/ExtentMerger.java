package io.diskformat.spi;

import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Makes extents maximal: joins successive ones that can be told as one. */
public final class ExtentMerger implements ExtentCursor {
  private final ExtentCursor source;
  private @Nullable Extent pending;
  private boolean started;

  /** Creates a cursor over what {@code source} yields. */
  public ExtentMerger(ExtentCursor source) {
    this.source = source;
  }

  @Override
  public @Nullable Extent next() throws IOException {
    if (!started) {
      started = true;
      pending = source.next();
    }
    Extent run = pending;
    if (run == null) {
      return null;
    }
    Extent following;
    while ((following = source.next()) != null && run.continuesWith(following)) {
      run = run.withLength(run.length() + following.length());
    }
    pending = following;
    return run;
  }
}
