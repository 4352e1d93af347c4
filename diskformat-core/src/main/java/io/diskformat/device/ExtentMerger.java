package io.diskformat.device;

import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A cursor that makes extents maximal: it joins successive ones that continue each other. */
public final class ExtentMerger implements ExtentCursor {
  private final ExtentCursor source;
  private @Nullable Extent pending;
  private boolean started;

  /** Creates a cursor over the extents of {@code source}. */
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
