package io.diskformat.inside.lvm;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.MissingData;
import io.diskformat.device.ExtentMerger;
import io.diskformat.device.JoinedDevice;
import io.diskformat.device.JoinedDevice.Part;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A disk whose stripes are on several others in turn; it is writable if all of them are. A write
 * over several stripes that fails in one of them has been carried out on those before it.
 * Thread-safe if the others are. There is nothing to close.
 */
final class StripedDevice implements BlockDevice {
  private final String name;
  private final List<BlockDevice> legs;
  private final JoinedDevice all;
  private final long stripe;

  /**
   * Creates a device.
   *
   * @param legs all of the same size, a multiple of {@code stripe}
   * @param stripe in bytes
   */
  StripedDevice(String name, List<BlockDevice> legs, long stripe) {
    this.name = name;
    this.legs = List.copyOf(legs);
    this.all = JoinedDevice.of(legs.stream().map(Part::of).toList());
    this.stripe = stripe;
  }

  @Override
  public long size() {
    return all.size();
  }

  @Override
  public boolean isWritable() {
    return legs.stream().allMatch(BlockDevice::isWritable);
  }

  private BlockDevice leg(long offset) {
    return legs.get((int) (offset / stripe % legs.size()));
  }

  private long within(long offset) {
    return offset / stripe / legs.size() * stripe + offset % stripe;
  }

  private long length(long offset, long end) {
    return Math.min(end - offset, stripe - offset % stripe);
  }

  private void check(long offset, long length) {
    Objects.checkFromIndexSize(offset, length, size());
  }

  private void requireWritable() {
    if (!isWritable()) {
      throw new UnsupportedOperationException(name + ": not writable");
    }
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    check(offset, target.byteSize());
    long end = offset + target.byteSize();
    for (long at = offset; at < end; ) {
      long length = length(at, end);
      leg(at).read(within(at), target.asSlice(at - offset, length));
      at += length;
    }
  }

  @Override
  public void write(long offset, MemorySegment source) throws IOException {
    check(offset, source.byteSize());
    requireWritable();
    long end = offset + source.byteSize();
    for (long at = offset; at < end; ) {
      long length = length(at, end);
      leg(at).write(within(at), source.asSlice(at - offset, length));
      at += length;
    }
  }

  /** What is done with a range of a leg. */
  @FunctionalInterface
  private interface LegAction {
    void on(BlockDevice leg, long offset, long length) throws IOException;
  }

  /** A range that is all of its stripes on a leg is one range there. */
  private void eachLeg(long offset, long length, LegAction action) throws IOException {
    check(offset, length);
    if (length == 0) {
      return;
    }
    int count = legs.size();
    long first = offset / stripe;
    long last = (offset + length - 1) / stripe;
    for (long stripeOf = first; stripeOf < Math.min(first + count, last + 1); stripeOf++) {
      long lastOf = last - (last - stripeOf) % count;
      long from = within(stripeOf == first ? offset : stripeOf * stripe);
      long until = within(lastOf == last ? offset + length - 1 : lastOf * stripe + stripe - 1) + 1;
      action.on(legs.get((int) (stripeOf % count)), from, until - from);
    }
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    requireWritable();
    eachLeg(offset, length, BlockDevice::writeZeroes);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    requireWritable();
    eachLeg(offset, length, BlockDevice::discard);
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    eachLeg(offset, length, BlockDevice::willRead);
  }

  @Override
  public void flush() throws IOException {
    all.flush();
  }

  @Override
  public List<MissingData> missingData() {
    return all.missingData();
  }

  @Override
  public ExtentCursor extents(long offset, long length) {
    check(offset, length);
    return new ExtentMerger(
        new ExtentCursor() {
          private long at = offset;

          @Override
          public @Nullable Extent next() throws IOException {
            if (at >= offset + length) {
              return null;
            }
            Extent extent = extentAt(at, offset + length);
            at += extent.length();
            return extent;
          }
        });
  }

  private Extent extentAt(long offset, long end) throws IOException {
    Extent stored = leg(offset).extents(within(offset), length(offset, end)).next();
    if (stored == null) {
      throw new AssertionError("no extent at " + offset);
    }
    return new Extent(
        offset,
        stored.length(),
        stored.kind(),
        stored.readsAsZeroes(),
        stored.compressed(),
        stored.depth(),
        stored.hostOffset(),
        stored.hostFile());
  }

  @Override
  public void close() {}

  /** Returns the name used in error messages. */
  @Override
  public String toString() {
    return name;
  }
}
