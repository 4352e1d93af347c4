package io.diskformat.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Gathers what is written to a channel into large pieces, and counts sectors. */
final class SectorOutput {
  /** In bytes: a whole number of sectors. */
  private static final int PIECE = 1 << 20;

  private final WritableByteChannel channel;
  private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
  private long written;

  SectorOutput(WritableByteChannel channel) {
    this.channel = channel;
  }

  /** Returns at which sector that is written next. */
  long sector() {
    return (written + piece.position()) >>> ExtentLine.SECTOR_BITS;
  }

  void write(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      int length = Math.min(piece.remaining(), source.remaining());
      piece.put(source.slice(source.position(), length));
      source.position(source.position() + length);
      if (!piece.hasRemaining()) {
        flush();
      }
    }
  }

  /** Writes zeroes up to the next sector, if one was begun. */
  void fillSector() throws IOException {
    int over = piece.position() & (SparseHeader.LENGTH - 1);
    if (over > 0) {
      write(ByteBuffer.allocate(SparseHeader.LENGTH - over));
    }
  }

  /** Writes zeroes up to a sector. */
  void fillTo(long sector) throws IOException {
    fillSector();
    write(ByteBuffer.allocate((int) (sector - sector()) << ExtentLine.SECTOR_BITS));
  }

  /** Hands all over to the channel. */
  void flush() throws IOException {
    piece.flip();
    written += piece.limit();
    while (piece.hasRemaining()) {
      int _ = channel.write(piece);
    }
    piece.clear();
  }
}
