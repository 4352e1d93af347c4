package io.diskformat.inside;

import io.diskformat.filesystem.DiskFileSystems;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;

/**
 * Files of a guest that are being changed. What is done to them by {@link java.nio.file.Files} is
 * kept in memory, and read as if it was there, until {@link #commit} writes all of it; nothing is
 * written if this is closed before.
 *
 * <pre>{@code
 * try (DiskImage image = DiskImages.open(path, OpenOptions.writable().format("qcow2"));
 *     Edit edit = Disk.of(image).edit("/dev/vg/root")) {
 *   Files.writeString(edit.getPath("/etc/hostname"), "guest\n");
 *   Files.delete(edit.getPath("/etc/machine-id"));
 *   edit.commit();
 * }
 * }</pre>
 *
 * What is written is a few blocks, in an order that leaves at every moment what the file system's
 * own checking program repairs without a question. For one thread at a time.
 */
public final class Edit implements Closeable {
  private final FileSystem files;
  private final Runnable ended;
  private boolean closed;

  /**
   * Begins.
   *
   * @param files closed with this
   * @param ended called when this is closed
   */
  Edit(FileSystem files, Runnable ended) {
    this.files = files;
    this.ended = ended;
  }

  /**
   * Returns the files as they will be, to be read and changed. Everything that {@code
   * java.nio.file} has is possible but second names for a file ({@link
   * java.nio.file.Files#createLink}) and new extended attributes. Users and groups are numbers, as
   * in {@code unix:uid} and {@code unix:gid}. What a file system cannot record, or this library
   * does not change, is refused by name ({@link io.diskformat.UnsupportedFeatureException}), and
   * leaves everything as it was.
   */
  public FileSystem files() {
    return files;
  }

  /** Returns a path in {@link #files}. */
  public Path getPath(String first, String... more) {
    return files.getPath(first, more);
  }

  /**
   * Writes all changes and makes them durable. The edit has ended then, and can only be closed. Of
   * several volumes, nothing is written before all of them are found to be ready; then one is
   * written after the other, in the order of their places in the tree. So a crash may leave the
   * changes of some, and a file that was moved from one to another may be gone from the first and
   * not be in the second.
   *
   * @throws PartialCommitException if one of several volumes cannot be written
   * @throws java.nio.file.ClosedFileSystemException if it has ended before
   * @throws IOException if that fails; some of the changes may be there then
   */
  public void commit() throws IOException {
    DiskFileSystems.commit(files);
  }

  /** Ends the edit. Drops all changes if they were not committed. The images stay open. */
  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      try {
        files.close();
      } finally {
        ended.run();
      }
    }
  }
}
