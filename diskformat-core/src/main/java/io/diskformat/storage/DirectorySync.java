package io.diskformat.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Makes the names in a directory durable. The directory is opened before a name in it changes, so
 * that a failure to open it comes before the change.
 */
final class DirectorySync implements Closeable {
  private final Path directory;
  private @Nullable FileChannel channel;

  private DirectorySync(Path directory, @Nullable FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /** Opens the directory of a file. On hosts that cannot open directories, nothing is synced. */
  static DirectorySync of(Path file) throws IOException {
    Path directory = file.resolveSibling(".");
    try {
      return new DirectorySync(directory, open(directory));
    } catch (AccessDeniedException | UnsupportedOperationException e) {
      return new DirectorySync(directory, null);
    } catch (IOException e) {
      if (file.getFileSystem().equals(FileSystems.getDefault())) {
        throw e;
      }
      return new DirectorySync(directory, null);
    }
  }

  private static FileChannel open(Path directory) throws IOException {
    return FileChannel.open(directory, StandardOpenOption.READ);
  }

  /**
   * Makes the names durable, even if the thread is interrupted: the names have changed by then, so
   * that it is too late to stop.
   *
   * @param name the name of the new file in error messages
   */
  void sync(String name) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (channel != null) {
        try {
          channel.force(true);
          return;
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
          channel = open(directory);
        } catch (IOException e) {
          throw TargetErrors.durable(name, e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // It was only open for reading.
    }
  }
}
