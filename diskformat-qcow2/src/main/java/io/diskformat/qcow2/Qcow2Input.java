package io.diskformat.qcow2;

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
import io.diskformat.spi.InputRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An image that is read in one pass. In what converters write, the L1 table comes first, and each
 * L2 table before the clusters that it names, or a little after the first of them. Of the note of a
 * {@link Piece}, the lowest bits say what it is: a compressed cluster, or one of which only some
 * subclusters are stored, and then which.
 */
final class Qcow2Input implements ForwardTables {
  /** The size of the pieces in which the L1 table is read, in bytes. */
  private static final int L1_PIECE = 64 << 10;

  private static final int KIND_BITS = 2;
  private static final long PLAIN = 0;
  private static final long COMPRESSED = 1;
  private static final long SUBCLUSTERS = 2;
  private static final long KIND = (1 << KIND_BITS) - 1;

  private final Qcow2Header header;
  private final UnitDecoders decoders;
  private final TableQueue tables;
  private final long l1Needed;

  /** The first L1 entry that was not read yet. */
  private long l1Read;

  private Qcow2Input(String name, Qcow2Header header) {
    this.header = header;
    this.decoders = new UnitDecoders(name, header.compression());
    this.tables = new TableQueue(name);
    this.l1Needed = Math.ceilDiv(header.size(), 1L << header.l2CoverageBits());
  }

  /** Begins to read an image. */
  static ImageInput begin(InputRequest request) throws IOException {
    String name = request.name();
    ForwardInput input = new ForwardInput(name, request.channel());
    Qcow2Header header = HeaderParser.read(input.front("header"));
    refuse(name, header.backingFile().isPresent(), "has a backing file");
    refuse(name, header.has(Qcow2Header.EXTERNAL_DATA), "has an external data file");
    refuse(name, header.encryption() != Encryption.NONE, "is encrypted");
    return new TabledInput(input, new Qcow2Input(name, header));
  }

  private static void refuse(String name, boolean condition, String what)
      throws UnsupportedFeatureException {
    if (condition) {
      throw new UnsupportedFeatureException(
          name, "reading a qcow2 image from a stream that " + what);
    }
  }

  @Override
  public long size() {
    return header.size();
  }

  @Override
  public int unitSize() {
    return header.clusterSize();
  }

  /** {@inheritDoc} All of the L1 table is read first: an L2 table may be before it. */
  @Override
  public long next() {
    return l1Read < l1Needed ? header.l1Position() + (l1Read << L1Entry.SIZE_BITS) : tables.next();
  }

  @Override
  public void read(ForwardInput input, Pieces found) throws IOException {
    if (l1Read < l1Needed) {
      readL1(input);
    } else {
      readL2(input, tables.take(), found);
    }
  }

  private void readL1(ForwardInput input) throws IOException {
    long left = (l1Needed - l1Read) << L1Entry.SIZE_BITS;
    ByteBuffer entries = ByteBuffer.allocate((int) Math.min(L1_PIECE, left));
    input.read("L1 table", next(), entries.array());
    while (entries.hasRemaining()) {
      long table = L1Entry.table(entries.getLong());
      if ((table & (header.clusterSize() - 1)) != 0) {
        throw new CorruptImageException(
            input.name(),
            "L1 table",
            header.l1Position(),
            "entry " + l1Read + " points to " + table + ", not to the start of a cluster");
      }
      if (table != 0) {
        tables.add(table, l1Read);
      }
      l1Read++;
    }
  }

  private void readL2(ForwardInput input, Table table, Pieces found) throws IOException {
    ByteBuffer entries = ByteBuffer.allocate(header.clusterSize());
    input.read("L2 table", table.position(), entries.array());
    long offset = table.index() << header.l2CoverageBits();
    boolean extended = header.has(Qcow2Header.EXTENDED_L2);
    for (; entries.hasRemaining() && offset < header.size(); offset += header.clusterSize()) {
      long entry = entries.getLong();
      long bitmap = extended ? entries.getLong() : 0;
      long place = L2Entry.place(entry);
      if (L2Entry.isCompressed(entry)) {
        long start = L2Entry.streamPosition(entry, header.clusterBits());
        long length = L2Entry.streamEnd(entry, header.clusterBits()) - start;
        found.add(new Piece(start, length, offset, COMPRESSED));
        continue;
      }
      String problem = extended ? SubclusterBitmap.problem(place != 0, bitmap) : problem(entry);
      if (problem == null && (place & (header.clusterSize() - 1)) != 0) {
        problem = "its place is " + place + ", not the start of a cluster";
      }
      if (problem != null) {
        throw new CorruptImageException(
            input.name(),
            "L2 table",
            table.position(),
            "in the entry of disk offset " + offset + " " + problem);
      }
      if (place == 0 || (extended ? !SubclusterBitmap.storesAny(bitmap) : L2Entry.isZero(entry))) {
        continue;
      }
      long stored = bitmap & SubclusterBitmap.ALL;
      boolean whole = !extended || stored == SubclusterBitmap.ALL;
      if (whole) {
        found.add(new Piece(place, header.clusterSize(), offset, PLAIN));
      } else {
        long length = (long) (Long.SIZE - Long.numberOfLeadingZeros(stored)) * subclusterSize();
        found.add(new Piece(place, length, offset, stored << KIND_BITS | SUBCLUSTERS));
      }
    }
  }

  private @Nullable String problem(long entry) {
    return L2Entry.isZero(entry) && header.version() < 3
        ? "a zero cluster in an image of version 2"
        : null;
  }

  @Override
  public byte[] unit(ForwardInput input, Piece piece) throws IOException {
    if ((piece.note() & KIND) == COMPRESSED) {
      byte[] stream = new byte[(int) piece.length()];
      // Of its last sector, the file need not have more than the stream needs.
      int length = input.readUpTo("compressed cluster", piece.position(), stream);
      return UnitDecoders.compressed(Arrays.copyOf(stream, length));
    }
    byte[] bytes = ForwardTables.super.unit(input, piece);
    if ((piece.note() & KIND) == SUBCLUSTERS) {
      keep(bytes, piece.note() >>> KIND_BITS);
    }
    return UnitDecoders.plain(bytes);
  }

  private int subclusterSize() {
    return header.clusterSize() / SubclusterBitmap.COUNT;
  }

  /** Zeroes the subclusters that are not stored. */
  private void keep(byte[] cluster, long stored) {
    int length = subclusterSize();
    for (int i = 0; i < SubclusterBitmap.COUNT; i++) {
      if (!SubclusterBitmap.isStored(stored, i) && i * length < cluster.length) {
        Arrays.fill(cluster, i * length, Math.min((i + 1) * length, cluster.length), (byte) 0);
      }
    }
  }

  @Override
  public ImageInput.Decoder decoder() {
    return decoders::decode;
  }

  @Override
  public void close() {
    decoders.close();
  }
}
