package io.diskformat.layer;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Reads and copies bytes of a source, with zeroes beyond its end: for a unit that crosses the end
 * of a disk or of a file.
 */
public final class PaddedCopy {
  /** The largest piece that is copied at once, in bytes. */
  private static final int PIECE = 1 << 20;

  /** A device or a storage to read from. */
  @FunctionalInterface
  public interface Source {
    /** Fills {@code target} with the bytes from an offset on. */
    void read(long offset, MemorySegment target) throws IOException;
  }

  private PaddedCopy() {}

  /**
   * Fills {@code target} with the bytes of a source, and with zeroes beyond its end.
   *
   * @param end where the source ends, in bytes
   * @param offset where to begin in the source, in bytes
   * @throws IOException if the source cannot be read
   */
  public static void read(Source source, long end, long offset, MemorySegment target)
      throws IOException {
    long available = Math.clamp(end - offset, 0, target.byteSize());
    if (available > 0) {
      source.read(offset, target.asSlice(0, available));
    }
    target.asSlice(available).fill((byte) 0);
  }

  /**
   * Copies bytes of a file to another place in it, and zeroes for those beyond its end.
   *
   * @param from where to begin, in bytes
   * @param to where the copy begins; the two do not overlap
   * @param length the number of bytes to write
   * @throws IOException if the file cannot be read or written
   */
  public static void within(Storage file, long from, long to, long length) throws IOException {
    write(file::read, file.size(), from, file, to, length);
  }

  /**
   * Writes zeroes, where nothing cheaper will do.
   *
   * @param position where to begin, in bytes
   * @param length the number of bytes to write
   * @throws IOException if the file cannot be written
   */
  public static void writeZeroes(Storage file, long position, long length) throws IOException {
    write((offset, target) -> {}, 0, 0, file, position, length);
  }

  /**
   * Copies the bytes of a source, and zeroes beyond its end, in pieces of at most 1 MiB of memory.
   *
   * @param end where the source ends, in bytes
   * @param offset where to begin in the source, in bytes
   * @param target receives the bytes at {@code position}
   * @param length the number of bytes to write
   * @throws IOException if the source cannot be read, or the target not be written
   */
  public static void write(
      Source source, long end, long offset, Storage target, long position, long length)
      throws IOException {
    MemorySegment buffer = MemorySegment.ofArray(new byte[(int) Math.min(PIECE, length)]);
    for (long done = 0; done < length; done += PIECE) {
      MemorySegment piece = buffer.asSlice(0, Math.min(PIECE, length - done));
      read(source, end, offset + done, piece);
      target.write(position + done, piece);
    }
  }
}
