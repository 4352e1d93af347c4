package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Makes regular files of a tree on the host, one at a time. For one thread. */
final class FileMaker {
  private static final int BUFFER = 1 << 20;

  /** A file that is as long is worth a thread. */
  private static final long LARGE = 16 << 20;

  private final HostTree host;
  private final Progress progress;
  private final boolean threaded;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);

  /** Hears of bytes that were copied. */
  @FunctionalInterface
  interface Progress {
    void copied(long bytes) throws IOException;
  }

  /**
   * What became of a file.
   *
   * @param size in bytes
   * @param problem why it was left out, or null if it is there
   */
  record Outcome(long size, @Nullable String problem) {
    private static Outcome leftOut(String problem) {
      return new Outcome(0, problem);
    }
  }

  /**
   * Creates it.
   *
   * @param threaded whether another thread may read large files
   */
  FileMaker(HostTree host, Progress progress, boolean threaded) {
    this.host = host;
    this.progress = progress;
    this.threaded = threaded && Runtime.getRuntime().availableProcessors() > 1;
  }

  static String reason(FileSystemException e) {
    return e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
  }

  /**
   * Makes a file.
   *
   * @throws IOException if the disk cannot be read, or the host's file not be written
   */
  Outcome make(Path child, FileNode node) throws IOException {
    BlockDevice content;
    NodeAttributes attributes;
    try {
      attributes = node.attributes();
      content = node.content();
    } catch (DiskFormatException e) {
      return Outcome.leftOut("cannot be read: " + e.getMessage());
    }
    FileChannel channel;
    try {
      channel = host.makeFile(child, attributes.posix());
    } catch (FileAlreadyExistsException e) {
      return Outcome.leftOut("is there already");
    } catch (FileSystemException e) {
      return Outcome.leftOut("cannot be made: " + reason(e));
    }
    try (channel) {
      copy(content, channel);
    } catch (DiskFormatException e) {
      if (!deletePart(child, e)) {
        // It would be taken for a whole one.
        throw e;
      }
      return Outcome.leftOut("cannot be read: " + e.getMessage());
    } catch (ClosedByInterruptException e) {
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      var _ = deletePart(child, interrupted);
      throw interrupted;
    } catch (IOException | RuntimeException | Error e) {
      var _ = deletePart(child, e);
      throw e;
    }
    host.finishFile(child, attributes);
    return new Outcome(content.size(), null);
  }

  /** Deletes a file that is not complete, and returns whether it is gone. */
  private static boolean deletePart(Path child, Throwable why) {
    try {
      boolean _ = Files.deleteIfExists(child);
      return true;
    } catch (IOException e) {
      why.addSuppressed(e);
      return false;
    }
  }

  private void copy(BlockDevice content, FileChannel to) throws IOException {
    long size = content.size();
    if (size <= BUFFER) {
      copy(content, 0, size, to);
      return;
    }
    content.willRead(0, size);
    if (threaded && size >= LARGE) {
      try (PieceReader reader = new PieceReader(content)) {
        copyExtents(
            content,
            (from, length) -> {
              if (length > BUFFER) {
                reader.read(from, length, (piece, offset) -> write(piece, to, offset));
              } else {
                // Nothing would be read meanwhile.
                copy(content, from, length, to);
              }
            });
      }
    } else {
      copyExtents(content, (from, length) -> copy(content, from, length, to));
    }
    if (to.size() < size) {
      // It ends with a hole, before which there may be nothing at all.
      to.write(ByteBuffer.allocate(1), size - 1);
    }
  }

  /** Copies a range. */
  @FunctionalInterface
  private interface Copier {
    void copy(long from, long length) throws IOException;
  }

  private void copyExtents(BlockDevice content, Copier copier) throws IOException {
    ExtentCursor extents = content.extents();
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      if (extent.readsAsZeroes()) {
        progress.copied(extent.length());
      } else {
        copier.copy(extent.offset(), extent.length());
      }
    }
  }

  private void copy(BlockDevice content, long from, long length, FileChannel to)
      throws IOException {
    for (long at = from; at < from + length; ) {
      buffer.clear().limit((int) Math.min(BUFFER, from + length - at));
      content.read(at, buffer);
      buffer.flip();
      int count = buffer.limit();
      write(buffer, to, at);
      at += count;
    }
  }

  private void write(ByteBuffer piece, FileChannel to, long offset) throws IOException {
    long position = offset;
    while (piece.hasRemaining()) {
      position += to.write(piece, position);
    }
    progress.copied(position - offset);
  }
}
