package io.diskformat.onepass;

import io.diskformat.ImageInput;
import io.diskformat.onepass.Pieces.Piece;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An image whose tables say where its data is, read in one pass. Tables and units are read in the
 * order of the file. So nothing is kept but what the tables say of units that are still to come,
 * and the latest bytes, in which a table may find units that came shortly before it.
 */
public final class TabledInput implements ImageInput {
  private final ForwardInput input;
  private final ForwardTables tables;
  private final Pieces pieces;
  private @Nullable Piece current;

  /**
   * Creates an input.
   *
   * @param input the image's bytes
   * @param tables its format's tables; closed with this
   */
  public TabledInput(ForwardInput input, ForwardTables tables) {
    this.input = input;
    this.tables = tables;
    this.pieces = new Pieces(input.name());
  }

  @Override
  public String name() {
    return input.name();
  }

  @Override
  public long size() {
    return tables.size();
  }

  @Override
  public int unitSize() {
    return tables.unitSize();
  }

  @Override
  public boolean isOrdered() {
    return false;
  }

  @Override
  public Decoder decoder() {
    return tables.decoder();
  }

  @Override
  public long next() throws IOException {
    while (true) {
      long table = tables.next();
      long data = pieces.first();
      if (data >= 0 && data < table) {
        Piece piece = pieces.take(unitSize());
        if (piece.offset() < size()) {
          current = piece;
          return piece.offset();
        }
      } else if (table == ForwardTables.NONE) {
        // Read to the end, so that the writer of the stream can finish.
        tables.checkEnd(input.passAll());
        return -1;
      } else {
        tables.read(input, pieces);
      }
    }
  }

  @Override
  public byte[] read() throws IOException {
    Piece piece = current;
    if (piece == null) {
      throw new IllegalStateException(name() + ": next() has found no unit");
    }
    current = null;
    return tables.unit(input, piece);
  }

  @Override
  public void close() {
    tables.close();
  }
}
