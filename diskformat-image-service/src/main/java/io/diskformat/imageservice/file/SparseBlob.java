package io.diskformat.imageservice.file;

import io.diskformat.imageservice.BlobStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A blob that is written to a file, in which zeroes become holes. */
final class SparseBlob implements BlobStore.Pending {
  /** The size of the pieces in bytes: one of zeroes is not written. */
  static final int PIECE = 64 << 10;

  private final Path path;
  private final Adoption adoption;
  private final FileChannel file;
  private long size;
  private boolean complete;

  /** Gives a durable file the name of a blob. */
  @FunctionalInterface
  interface Adoption {
    String adopt(Path file) throws IOException;
  }

  SparseBlob(Path path, Adoption adoption) throws IOException {
    this.path = path;
    this.adoption = adoption;
    this.file =
        FileChannel.open(
            path,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE);
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      // Pieces end at multiples of their size in the file, so that holes are as long as possible.
      int length = (int) Math.min(bytes.remaining(), PIECE - size % PIECE);
      ByteBuffer piece = bytes.slice(bytes.position(), length);
      if (!isZero(piece)) {
        writeFully(piece);
      }
      bytes.position(bytes.position() + length);
      size += length;
    }
  }

  private void writeFully(ByteBuffer piece) throws IOException {
    long at = size;
    while (piece.hasRemaining()) {
      at += file.write(piece, at);
    }
  }

  private static boolean isZero(ByteBuffer bytes) {
    return bytes.get(bytes.position()) == 0
        && bytes
                .slice(bytes.position() + 1, bytes.remaining() - 1)
                .mismatch(bytes.slice(bytes.position(), bytes.remaining() - 1))
            < 0;
  }

  @Override
  public String complete() throws IOException {
    if (size > file.size()) {
      int _ = file.write(ByteBuffer.allocate(1), size - 1);
    }
    file.force(true);
    file.close();
    String blob = adoption.adopt(path);
    complete = true;
    return blob;
  }

  @Override
  public void close() throws IOException {
    file.close();
    if (!complete) {
      boolean _ = Files.deleteIfExists(path);
    }
  }
}
