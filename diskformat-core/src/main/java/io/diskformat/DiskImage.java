package io.diskformat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** An open image: a disk, and what its format keeps beside it. Thread-safe as its supertype is. */
public interface DiskImage extends BlockDevice {

  /**
   * Returns what the image says of itself.
   *
   * @throws DiskFormatException if what it says makes no sense
   * @throws IOException if it cannot be read
   */
  ImageInfo info() throws IOException;

  /**
   * Returns the image that this one is a difference to, if it is one and was opened. It belongs to
   * this image and is closed with it.
   */
  default Optional<DiskImage> backing() {
    return Optional.empty();
  }

  /**
   * Changes the size of the disk. What is added reads as zeroes; what is cut off is lost.
   *
   * @param newSize in bytes, a multiple of 512
   * @throws IllegalArgumentException if it is not
   * @throws UnsupportedOperationException if the image is not writable
   * @throws UnsupportedFeatureException if images of this format cannot be resized so
   * @throws IOException if that fails
   */
  void resize(long newSize) throws IOException;

  /**
   * Writes whole clusters, compressed as the image says; those that do not get smaller are stored
   * plain. Several threads compress at once when they call this at once.
   *
   * @param offset where the first cluster begins on the disk, in bytes
   * @param source whole clusters, except that the last may end with the disk
   * @throws IllegalArgumentException if these are not whole clusters
   * @throws IndexOutOfBoundsException if they are not within the disk
   * @throws UnsupportedOperationException if the image is not writable
   * @throws UnsupportedFeatureException if images of this format are not compressed so
   * @throws IOException if the clusters cannot be written
   */
  default void writeCompressed(long offset, MemorySegment source) throws IOException {
    throw new UnsupportedFeatureException(
        info().file(), "compressed writing to a " + info().format() + " image");
  }

  /**
   * Opens a snapshot that is kept inside this image, as a device that cannot be written. It reads
   * from this image's files, so it is of use only as long as this image is open.
   *
   * @param idOrName the snapshot's identifier or, if no snapshot has that identifier, its name
   * @throws DiskFormatException if the image has no such snapshot or its record makes no sense
   * @throws IOException if it cannot be read
   */
  default BlockDevice openSnapshot(String idOrName) throws IOException {
    List<Snapshot> none = info().snapshots();
    throw new DiskFormatException(
        info().file() + ": no snapshot \"" + idOrName + "\" among its " + none.size());
  }
}
