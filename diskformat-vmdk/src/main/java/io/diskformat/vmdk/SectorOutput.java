package io.diskformat.vmdk;

import io.diskformat.onepass.ForwardOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Writes to a channel, and counts sectors. */
final class SectorOutput {
  private final ForwardOutput output;

  SectorOutput(WritableByteChannel channel) {
    this.output = new ForwardOutput(channel);
  }

  /** Returns at which sector that is written next. */
  long sector() {
    return output.position() >>> ExtentLine.SECTOR_BITS;
  }

  void write(ByteBuffer source) throws IOException {
    output.write(source);
  }

  /** Writes zeroes up to the next sector, if one was begun. */
  void fillSector() throws IOException {
    output.zeroesTo((output.position() + SparseHeader.LENGTH - 1) & -SparseHeader.LENGTH);
  }

  /** Writes zeroes up to a sector. */
  void fillTo(long sector) throws IOException {
    output.zeroesTo(sector << ExtentLine.SECTOR_BITS);
  }

  /** Hands all over to the channel. */
  void flush() throws IOException {
    output.flush();
  }
}
