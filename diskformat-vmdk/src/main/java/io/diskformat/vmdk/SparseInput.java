package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.ImageInput;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.onepass.ForwardInput;
import io.diskformat.onepass.ForwardTables;
import io.diskformat.onepass.Pieces;
import io.diskformat.onepass.Pieces.Piece;
import io.diskformat.onepass.TableQueue;
import io.diskformat.onepass.TableQueue.Table;
import io.diskformat.onepass.TabledInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A monolithicSparse image that is read in one pass: its tables usually come before all grains. */
final class SparseInput implements ForwardTables {
  /** The largest unit, in bytes: larger grains come in several. */
  private static final long LARGEST_UNIT = 1 << 20;

  /** The size of the pieces in which the directory is read, in bytes. */
  private static final int DIRECTORY_PIECE = 64 << 10;

  private final SparseHeader header;
  private final long size;
  private final TableQueue tables;

  /** The first entry of the directory that was not read yet. */
  private long entriesRead;

  private SparseInput(String name, SparseHeader header, long size) {
    this.header = header;
    this.size = size;
    this.tables = new TableQueue(name);
  }

  /**
   * Begins to read an image.
   *
   * @param header of the image, not compressed and with a descriptor inside
   * @param size of the disk, in bytes
   */
  static ImageInput begin(ForwardInput input, SparseHeader header, long size)
      throws UnsupportedFeatureException {
    if (header.directory() == SparseHeader.AT_END) {
      throw new UnsupportedFeatureException(
          input.name(),
          "reading a VMDK image from a stream whose grain directory is at its end; seekable input"
              + " is needed (a file)");
    }
    return new TabledInput(input, new SparseInput(input.name(), header, size));
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int unitSize() {
    return (int) Math.min(1L << header.grainBits(), LARGEST_UNIT);
  }

  /** {@inheritDoc} All of the directory is read first: a table may be before it. */
  @Override
  public long next() {
    return entriesRead < header.tables()
        ? (header.directory() << ExtentLine.SECTOR_BITS) + (entriesRead << GrainMap.ENTRY_BITS)
        : tables.next();
  }

  @Override
  public void read(ForwardInput input, Pieces found) throws IOException {
    if (entriesRead < header.tables()) {
      readDirectory(input);
    } else {
      readTable(input, tables.take(), found);
    }
  }

  private void readDirectory(ForwardInput input) throws IOException {
    long left = (header.tables() - entriesRead) << GrainMap.ENTRY_BITS;
    byte[] bytes = new byte[(int) Math.min(DIRECTORY_PIECE, left)];
    input.read("grain directory", next(), bytes);
    ByteBuffer entries = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes.length; at += Integer.BYTES, entriesRead++) {
      long sector = Integer.toUnsignedLong(entries.getInt(at));
      if (sector != 0) {
        tables.add(sector << ExtentLine.SECTOR_BITS, entriesRead);
      }
    }
  }

  private void readTable(ForwardInput input, Table table, Pieces found) throws IOException {
    long first = table.index() << header.tableBits();
    int count = (int) Math.min(header.tableEntries(), header.grains() - first);
    byte[] bytes = new byte[count << GrainMap.ENTRY_BITS];
    input.read("grain table", table.position(), bytes);
    ByteBuffer entries = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long grainSize = 1L << header.grainBits();
    for (int i = 0; i < count; i++) {
      long entry = Integer.toUnsignedLong(entries.getInt(i << GrainMap.ENTRY_BITS));
      if (GrainMap.isStored(entry)) {
        long offset = (first + i) << header.grainBits();
        found.add(new Piece(entry << ExtentLine.SECTOR_BITS, grainSize, offset, 0));
      } else if (entry == GrainMap.ZEROED && !header.hasZeroedGrains()) {
        throw new CorruptImageException(
            input.name(),
            "grain table entry",
            table.position() + (i << GrainMap.ENTRY_BITS),
            "says that grain " + (first + i) + " is zeroed, which the header does not allow");
      }
    }
  }
}
