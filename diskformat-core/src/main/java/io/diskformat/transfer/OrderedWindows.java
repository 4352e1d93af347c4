package io.diskformat.transfer;

import io.diskformat.ImageInput;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The windows of an image whose units have to come in ascending order, without gaps. */
final class OrderedWindows extends InputWindows {
  private final long zeroLimit;
  private long at;

  OrderedWindows(ImageInput input, Source.Walk walk) {
    super(input, walk);
    this.zeroLimit = Math.max(walk.unit(), walk.zeroLimit() / walk.unit() * walk.unit());
  }

  @Override
  @Nullable Batch read() throws IOException {
    long next = nextUnit();
    long size = size();
    if (next >= 0 && next < at) {
      throw outOfOrder(next);
    }
    if (at >= size) {
      return null;
    }
    long start = at;
    long unit = walk.unit();
    long dataFrom = isCut() ? start : next < 0 ? size : next / unit * unit;
    if (dataFrom > start) {
      at = Math.min(dataFrom, start + zeroLimit);
      return new Batch(Window.ofZeroes(start, at - start), List.of());
    }
    Batch batch = data(start, Math.min(start + unit, size), false);
    at = batch.window().end();
    return batch;
  }

  /** Returns the exception for data that comes too late. */
  private UnsupportedFeatureException outOfOrder(long offset) {
    return new UnsupportedFeatureException(
        input.name(),
        "reading this image from a stream to a target that is written in one pass: its data at "
            + offset
            + " comes behind later data, so seekable input is needed (a file), or a target that is"
            + " a file");
  }
}
