package io.diskformat.imageservice;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** Reads the pieces of an upload, one after the other. Not thread-safe. */
final class PieceStream extends InputStream {
  private final BlobStore store;
  private final Iterator<PartialUpload.Piece> rest;
  private @Nullable InputStream piece;

  PieceStream(BlobStore store, PartialUpload upload) {
    this.store = store;
    this.rest = upload.pieces().iterator();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    while (true) {
      InputStream present = piece;
      if (present == null) {
        if (!rest.hasNext()) {
          return -1;
        }
        present = Channels.newInputStream(store.open(rest.next().blob()));
        piece = present;
      }
      int count = present.read(bytes, offset, length);
      if (count >= 0) {
        return count;
      }
      present.close();
      piece = null;
    }
  }

  @Override
  public void close() throws IOException {
    if (piece != null) {
      piece.close();
    }
  }
}
