package io.diskformat.raw;

import io.diskformat.ImageInput;
import io.diskformat.onepass.ForwardInput;
import io.diskformat.spi.InputRequest;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A raw image that is read in one pass. Only its end shows how large its disk is. */
final class RawInput implements ImageInput {
  /** In bytes. */
  private static final int UNIT = 1 << 20;

  /** In bytes: a disk is a whole number of sectors. */
  private static final int SECTOR = 512;

  private final ForwardInput input;
  private long position;
  private boolean ended;

  RawInput(InputRequest request) {
    this.input = new ForwardInput(request.name(), request.channel());
  }

  @Override
  public String name() {
    return input.name();
  }

  @Override
  public long size() {
    return ended ? (position + SECTOR - 1) & -SECTOR : -1;
  }

  @Override
  public int unitSize() {
    return UNIT;
  }

  @Override
  public Decoder decoder() {
    return (offset, encoded, target) -> {
      MemorySegment.copy(MemorySegment.ofArray(encoded), 0, target, 0, encoded.length);
      target.asSlice(encoded.length).fill((byte) 0);
    };
  }

  @Override
  public long next() throws IOException {
    ended = !input.has(position);
    return ended ? -1 : position;
  }

  @Override
  public byte[] read() throws IOException {
    byte[] unit = new byte[UNIT];
    int length = input.readUpTo("data", position, unit);
    position += length;
    return length == UNIT ? unit : Arrays.copyOf(unit, length);
  }

  @Override
  public void close() {}
}
