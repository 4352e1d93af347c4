package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Makes regular files of a tree on the host, one at a time. For one thread. */
final class FileMaker {
  private static final int BUFFER = 1 << 20;

  private final HostTree host;
  private final Progress progress;
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

  FileMaker(HostTree host, Progress progress) {
    this.host = host;
    this.progress = progress;
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
    boolean complete = false;
    try (channel) {
      copy(content, channel);
      complete = true;
    } catch (DiskFormatException e) {
      return Outcome.leftOut("cannot be read: " + e.getMessage());
    } finally {
      if (!complete) {
        Files.delete(child);
      }
    }
    host.finishFile(child, attributes);
    return new Outcome(content.size(), null);
  }

  private void copy(BlockDevice content, FileChannel to) throws IOException {
    long size = content.size();
    if (size <= BUFFER) {
      copy(content, 0, size, to);
      return;
    }
    content.willRead(0, size);
    ExtentCursor extents = content.extents();
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      if (!extent.readsAsZeroes()) {
        copy(content, extent.offset(), extent.length(), to);
      } else {
        progress.copied(extent.length());
      }
    }
    if (to.size() < size) {
      // It ends with a hole, before which there may be nothing at all.
      to.write(ByteBuffer.allocate(1), size - 1);
    }
  }

  private void copy(BlockDevice content, long from, long length, FileChannel to)
      throws IOException {
    for (long at = from; at < from + length; ) {
      buffer.clear().limit((int) Math.min(BUFFER, from + length - at));
      content.read(at, buffer);
      buffer.flip();
      int count = buffer.limit();
      for (long position = at; buffer.hasRemaining(); ) {
        position += to.write(buffer, position);
      }
      at += count;
      progress.copied(count);
    }
  }
}
