package io.diskformat.vdi;

import io.diskformat.CorruptImageException;
import io.diskformat.ImageInput;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.onepass.ForwardInput;
import io.diskformat.onepass.ForwardTables;
import io.diskformat.onepass.Pieces;
import io.diskformat.onepass.Pieces.Piece;
import io.diskformat.onepass.TabledInput;
import io.diskformat.spi.InputRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** An image that is read in one pass: its block map comes before all blocks. */
final class VdiInput implements ForwardTables {
  /** The largest unit, in bytes: larger blocks come in several. */
  private static final long LARGEST_UNIT = 1 << 20;

  /** The size of the pieces in which the map is read, in bytes. */
  private static final int MAP_PIECE = 64 << 10;

  private final String name;
  private final VdiHeader header;

  /** The first block of the disk whose entry was not read yet. */
  private long block;

  private VdiInput(String name, VdiHeader header) {
    this.name = name;
    this.header = header;
  }

  /** Begins to read an image. */
  static ImageInput begin(InputRequest request) throws IOException {
    ForwardInput input = new ForwardInput(request.name(), request.channel());
    VdiHeader header = VdiHeader.read(input.front("header"));
    if (header.isDifference()) {
      throw new UnsupportedFeatureException(
          request.name(), "reading a VDI image that is a difference to another from a stream");
    }
    return new TabledInput(input, new VdiInput(request.name(), header));
  }

  @Override
  public long size() {
    return header.size();
  }

  @Override
  public int unitSize() {
    return (int) Math.min(header.blockSize(), LARGEST_UNIT);
  }

  @Override
  public long next() {
    return block < header.blocksFor(header.size())
        ? header.mapPosition() + (block << BlockMap.ENTRY_BITS)
        : NONE;
  }

  /** Checks that the file has all blocks that the header counts, each whole. */
  @Override
  public void checkEnd(long end) throws IOException {
    long needed = header.dataPosition() + header.allocatedBlocks() * header.stride();
    if (end < needed) {
      throw new CorruptImageException(
          name,
          "last block",
          needed - header.stride(),
          "ends at " + needed + ", but the stream at " + end + ": was it cut short?");
    }
  }

  @Override
  public void read(ForwardInput input, Pieces found) throws IOException {
    long left = (header.blocksFor(header.size()) - block) << BlockMap.ENTRY_BITS;
    byte[] bytes = new byte[(int) Math.min(MAP_PIECE, left)];
    long position = next();
    input.read("block map", position, bytes);
    ByteBuffer entries = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes.length; at += Integer.BYTES, block++) {
      long entry = Integer.toUnsignedLong(entries.getInt(at));
      if (!BlockMap.isStored(entry)) {
        continue;
      }
      if (entry >= header.allocatedBlocks()) {
        throw BlockMap.beyond(input.name(), position + at, block, entry, header.allocatedBlocks());
      }
      long place = header.dataPosition() + entry * header.stride() + header.blockExtra();
      found.add(new Piece(place, header.blockSize(), block * header.blockSize(), 0));
    }
  }
}
