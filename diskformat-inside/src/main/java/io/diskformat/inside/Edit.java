package io.diskformat.inside;

import io.diskformat.filesystem.DiskFileSystems;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;

/**
 * An edit of the files of a guest. Changes that {@link java.nio.file.Files} makes are kept in
 * memory, and seen by reads at once, until {@link #commit} writes all of them; nothing is written
 * if this is closed before.
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
 * A commit writes only changed blocks, in an order such that at every moment the file system's own
 * checking program would repair it without a question. For one thread at a time.
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
   * Returns the files with all changes so far, to be read and changed. Supports everything in
   * {@code java.nio.file} but hard links ({@link java.nio.file.Files#createLink}) and setting
   * extended attributes. Users and groups are numbers, as in {@code unix:uid} and {@code unix:gid}.
   * A change that the file system cannot record, or this library does not support, throws an {@link
   * io.diskformat.UnsupportedFeatureException} that names it, and changes nothing.
   */
  public FileSystem files() {
    return files;
  }

  /** Returns a path in {@link #files}. */
  public Path getPath(String first, String... more) {
    return files.getPath(first, more);
  }

  /**
   * Writes all changes and makes them durable. Then the edit has ended, and can only be closed. Of
   * several volumes, nothing is written before all of them are found to be ready; then one is
   * written after the other, in the order of their places in the tree. So a crash may leave the
   * changes of only some, and a file that was moved from one to another may be in neither.
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
