package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.ImageInput;

/**
 * An image that is read in one pass, as the source of a conversion. Each worker takes what comes
 * next of it, a window at a time, and then decodes that while others read on.
 */
final class InputSource implements Source {
  private final ImageInput input;
  private boolean used;

  InputSource(ImageInput input) {
    this.input = input;
  }

  @Override
  public String name() {
    return input.name();
  }

  @Override
  public long size() {
    return input.size();
  }

  @Override
  public boolean is(BlockDevice device) {
    return false;
  }

  @Override
  public boolean isInOnePass() {
    return true;
  }

  @Override
  public boolean isOrdered() {
    return input.isOrdered();
  }

  /** {@inheritDoc} These are the encoded units of a window, and one that is decoded. */
  @Override
  public long held(long unit) {
    return unit + input.unitSize();
  }

  @Override
  public synchronized Pass pass(Walk walk) {
    if (used) {
      throw new IllegalStateException(input.name() + ": was read already, and cannot be again");
    }
    used = true;
    InputWindows windows =
        input.isOrdered() || walk.inOrder()
            ? new OrderedWindows(input, walk)
            : new ScatteredWindows(input, walk);
    return () -> new InputFeed(input, windows);
  }
}
