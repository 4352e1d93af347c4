package io.diskformat.imageservice;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where the bytes of images are kept: blobs, each under a name of its own, written once.
 * Thread-safe, but for one {@link Pending}.
 */
public interface BlobStore {
  /**
   * Begins a blob that nobody sees before it is complete.
   *
   * @param upload a UUID that was never used before: the name of the upload, by which what is left
   *     of it is found, and then that of the blob
   */
  Pending begin(String upload) throws IOException;

  /**
   * Opens a blob for reading. Whoever reads it in order can do so to its end even if it is deleted
   * meanwhile; whoever goes elsewhere in it may find that it is gone.
   *
   * @throws java.nio.file.NoSuchFileException if there is no such blob
   */
  SeekableByteChannel open(String blob) throws IOException;

  /** Deletes a blob, if it is there. */
  void delete(String blob) throws IOException;

  /** Deletes whatever is left of an upload that was not completed. */
  void abandon(String upload) throws IOException;

  /** Returns the uploads of which something is left. */
  Stream<String> uploads() throws IOException;

  /** Returns the names of all blobs. */
  Stream<String> blobs() throws IOException;

  /** Returns how many bytes can still be stored. */
  long free() throws IOException;

  /** Returns what kind of store this is, in one word, for whoever runs the service. */
  default String type() {
    return "other";
  }

  /**
   * Returns how this store is set up, for whoever runs the service, but nothing that is secret.
   *
   * @return texts, numbers and booleans, by names that OpenStack's service has for stores of the
   *     kind
   */
  default SortedMap<String, Object> properties() {
    return new TreeMap<>();
  }

  /** A blob that is being written, from its first byte to its last. Not thread-safe. */
  interface Pending extends Closeable {
    /** Writes all that remains in a buffer. */
    void write(ByteBuffer bytes) throws IOException;

    /**
     * Makes the blob durable, under the name of the upload, of which nothing is left then.
     *
     * @return the name
     */
    String complete() throws IOException;

    /** Deletes what was written, unless the blob is complete. */
    @Override
    void close() throws IOException;
  }
}
