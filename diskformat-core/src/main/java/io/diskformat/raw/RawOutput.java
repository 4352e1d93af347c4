package io.diskformat.raw;

import io.diskformat.ImageOutput;
import io.diskformat.onepass.ForwardOutput;
import io.diskformat.spi.OutputRequest;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/** A raw image that is written in one pass, with zeroes between its units. */
final class RawOutput implements ImageOutput {
  /** In bytes. */
  private static final int UNIT = 1 << 20;

  private final long size;
  private final ForwardOutput output;

  RawOutput(OutputRequest request) {
    this.size = request.options().size();
    this.output = new ForwardOutput(request.channel());
  }

  @Override
  public int unitSize() {
    return UNIT;
  }

  @Override
  public Encoder encoder() {
    return content -> content.toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public void write(long offset, byte[] encoded) throws IOException {
    if (offset % UNIT != 0 || offset < output.position() || offset >= size) {
      throw new IllegalArgumentException("no unit that may follow: " + offset);
    }
    output.zeroesTo(offset);
    output.write(ByteBuffer.wrap(encoded, 0, (int) Math.min(UNIT, size - offset)));
  }

  @Override
  public void finish() throws IOException {
    output.zeroesTo(size);
    output.flush();
  }

  @Override
  public void close() {}
}
