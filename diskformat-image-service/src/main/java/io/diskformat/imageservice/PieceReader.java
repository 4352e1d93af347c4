package io.diskformat.imageservice;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the body of a request into pieces. If it cannot be read to its end, that is kept until all
 * that came before is in pieces. Not thread-safe.
 */
final class PieceReader {
  private final InputStream body;
  private final UploadInspection inspection;
  private final byte[] bytes = new byte[128 << 10];
  private int position;
  private int end;
  private boolean isEnded;
  private @Nullable IOException failure;

  PieceReader(InputStream body, UploadInspection inspection) {
    this.body = body;
    this.inspection = inspection;
  }

  /**
   * Returns whether nothing more comes; waits for that.
   *
   * @throws ImageServiceException if what comes proves that the image is refused
   */
  boolean isAtEnd() throws ImageServiceException {
    while (position == end && !isEnded) {
      fill();
    }
    return position == end;
  }

  private void fill() throws ImageServiceException {
    int count;
    try {
      count = body.read(bytes, 0, bytes.length);
    } catch (IOException e) {
      failure = e;
      count = -1;
    }
    position = 0;
    end = Math.max(0, count);
    isEnded = count < 0;
    if (count > 0) {
      inspection.accept(ByteBuffer.wrap(bytes, 0, count).asReadOnlyBuffer());
    }
  }

  /**
   * Writes a piece.
   *
   * @param most the most bytes that it may have
   * @return how many it has
   */
  long write(BlobStore.Pending piece, long most) throws IOException {
    long size = 0;
    while (size < most && !isAtEnd()) {
      int count = (int) Math.min(end - position, most - size);
      piece.write(ByteBuffer.wrap(bytes, position, count));
      position += count;
      size += count;
    }
    return size;
  }

  /** Throws what kept the body from being read to its end, if something did. */
  void throwFailure() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }
}
