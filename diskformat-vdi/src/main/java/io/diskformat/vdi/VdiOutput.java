package io.diskformat.vdi;

import io.diskformat.ImageOutput;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.onepass.AnnouncedUnits;
import io.diskformat.onepass.ForwardOutput;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.spi.OutputRequest;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An image that is written in one pass: header, block map, blocks in the order of the disk. Which
 * blocks there will be is announced, unless the image is a fixed one, which has all of them.
 */
final class VdiOutput implements ImageOutput {
  /** Log2 of how many blocks a part of {@link AnnouncedUnits} has. */
  private static final int PART_BITS = 13;

  /** The number of entries of the pieces in which the map is written. */
  private static final int MAP_PIECE = 16 << 10;

  private final String name;
  private final VdiOptions options;
  private final boolean fixed;
  private final int unit;
  private final ForwardOutput output;
  private final AnnouncedUnits announced;
  private boolean begun;

  /** The block of the disk that is to be written next, or one before it. */
  private long next;

  private VdiOutput(OutputRequest request, VdiOptions options) {
    this.name = request.name();
    this.options = options;
    this.fixed = options.preallocation() != Preallocation.OFF;
    this.unit = (int) options.blockSize();
    this.output = new ForwardOutput(request.channel());
    this.announced = new AnnouncedUnits(PART_BITS, unit);
  }

  /**
   * Begins an image.
   *
   * @throws IllegalArgumentException if options make no sense
   * @throws UnsupportedFeatureException if they are for an image that is not written so
   */
  static ImageOutput begin(OutputRequest request) throws UnsupportedFeatureException {
    if (request.compressed()) {
      throw new UnsupportedFeatureException(request.name(), "compression of a vdi image");
    }
    return new VdiOutput(request, VdiOptions.ofStream(request.name(), request.options()));
  }

  @Override
  public int unitSize() {
    return unit;
  }

  @Override
  public Foresight foresight() {
    return fixed ? Foresight.NOTHING : Foresight.PLACES;
  }

  @Override
  public Encoder encoder() {
    return content -> content.toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public void announce(long offset, int length) {
    announced.add(offset / unit, unit);
  }

  @Override
  public void write(long offset, byte[] encoded) throws IOException {
    begin();
    long block = offset / unit;
    if (offset % unit != 0 || block < next || block >= options.blocks()) {
      throw new IllegalArgumentException("no unit that may follow block " + next + ": " + offset);
    }
    if (!fixed && announced.next(block) != block) {
      throw new IOException(
          name + ": the source changed: block " + block + " was zero, and no longer is");
    }
    skipTo(block);
    output.write(ByteBuffer.wrap(encoded));
    next = block + 1;
  }

  /** Writes zeroes to the blocks before one that were not written. */
  private void skipTo(long block) throws IOException {
    long skipped = 0;
    if (fixed) {
      skipped = block - next;
    } else {
      for (long at = announced.next(next); at >= 0 && at < block; at = announced.next(at + 1)) {
        skipped++;
      }
    }
    output.zeroesTo(output.position() + skipped * unit);
  }

  private void begin() throws IOException {
    if (begun) {
      return;
    }
    begun = true;
    long stored = fixed ? options.blocks() : announced.count();
    output.write(VdiCreator.header(options, fixed, stored));
    output.zeroesTo(VdiOptions.MAP_OFFSET);
    writeMap();
    output.zeroesTo(options.dataPosition());
  }

  private void writeMap() throws IOException {
    ByteBuffer entries =
        ByteBuffer.allocate(MAP_PIECE * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long place = 0;
    long stored = announced.next(0);
    for (long block = 0; block < options.blocks(); block++) {
      boolean isStored = fixed || block == stored;
      entries.putInt((int) (isStored ? place++ : BlockMap.FREE));
      if (!fixed && isStored) {
        stored = announced.next(block + 1);
      }
      if (!entries.hasRemaining()) {
        output.write(entries.flip());
        entries.clear();
      }
    }
    output.write(entries.flip());
  }

  @Override
  public void finish() throws IOException {
    begin();
    skipTo(options.blocks());
    output.flush();
  }

  @Override
  public void close() {}
}
