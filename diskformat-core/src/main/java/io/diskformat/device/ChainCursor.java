package io.diskformat.device;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A cursor that replaces the holes of one layer by the extents of the device below, up to its end.
 */
public final class ChainCursor implements ExtentCursor {
  private final ExtentCursor layer;
  private final BlockDevice below;
  private @Nullable ExtentCursor inHole;
  private @Nullable Extent pastBelow;

  /**
   * Creates a cursor.
   *
   * @param layer the extents of the layer
   * @param below the device that shows through its holes
   */
  public ChainCursor(ExtentCursor layer, BlockDevice below) {
    this.layer = layer;
    this.below = below;
  }

  @Override
  public @Nullable Extent next() throws IOException {
    if (inHole != null) {
      Extent extent = inHole.next();
      if (extent != null) {
        return extent.deeper(1);
      }
      inHole = null;
    }
    if (pastBelow != null) {
      Extent extent = pastBelow;
      pastBelow = null;
      return extent;
    }
    Extent extent = layer.next();
    if (extent == null || extent.kind() != Extent.Kind.HOLE || extent.offset() >= below.size()) {
      return extent;
    }
    long reached = Math.min(extent.end(), below.size());
    if (reached < extent.end()) {
      pastBelow = extent.from(reached);
    }
    inHole = below.extents(extent.offset(), reached - extent.offset());
    return next();
  }
}
