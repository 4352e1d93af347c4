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
   * Changes the size of the disk as {@link #resize(long)} does, and tells how far that has come
   * where much of the image has to move.
   *
   * @param listener told how many bytes have moved, of how many at most
   */
  default void resize(long newSize, ProgressListener listener) throws IOException {
    resize(newSize);
    listener.progress(newSize, newSize);
  }

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

  /**
   * Checks the image's structure; its disk's content is not looked at. If the image is writable,
   * what waits to be flushed is not seen, nor is it taken for an error.
   *
   * <p>What this image is a difference to was seen to be the right image when this one was opened
   * for reading or writing. If this one was opened for {@linkplain OpenOptions#checking() checking}
   * or {@linkplain OpenOptions#maintenance() maintenance}, that is part of the check: the image
   * below is opened as a reader opens it, and what is wrong with it or with those below it is a
   * corruption. If it is not found, not allowed or in use, that is a failure of the check. With
   * {@link OpenOptions#metadataOnly()}, nothing is opened and the structure alone is checked.
   *
   * @throws UnsupportedFeatureException if images of this format cannot be checked
   * @throws IOException if the image cannot be read
   */
  default CheckReport check() throws IOException {
    throw unsupported("checking");
  }

  /**
   * Repairs the image's structure, and makes that durable. If it is cut off at any point, it can be
   * begun again.
   *
   * @throws UnsupportedOperationException if the image was not opened for {@linkplain
   *     OpenOptions#maintenance() maintenance}
   * @throws UnsupportedFeatureException if images of this format cannot be repaired
   * @throws IOException if the image cannot be read or written
   */
  default RepairReport repair(Repair repair) throws IOException {
    throw unsupported("repairing");
  }

  /**
   * Makes the image's file as small as its content allows, in place: what holds only zeroes, or
   * what the image below has as well, is no longer stored, and what is left is moved together. If
   * it is cut off at any point, the disk holds what it held, and it can be begun again.
   *
   * @param listener told how much of what is stored is dealt with
   * @throws UnsupportedOperationException if the image was not opened for {@linkplain
   *     OpenOptions#maintenance() maintenance}
   * @throws UnsupportedFeatureException if images of this format cannot be compacted
   * @throws CorruptImageException if a check of the image finds errors
   * @throws java.io.InterruptedIOException if the calling thread is interrupted
   * @throws IOException if the image cannot be read or written
   */
  default void compact(ProgressListener listener) throws IOException {
    throw unsupported("compacting");
  }

  /**
   * Writes what this image holds to the image that it is a difference to, which is opened for
   * writing for as long as that takes, if the policy allows it, and grows if it is the smaller one.
   * Afterwards, and if it is cut off at any point, this image still shows the same disk; then all
   * of that is in the image below, too, and {@link #empty} or deleting this image loses nothing.
   *
   * <p>Other images that are differences to the same one lose what they are based on.
   *
   * @param listener told how much of the disk is dealt with
   * @throws UnsupportedOperationException if the image was not opened for {@linkplain
   *     OpenOptions#maintenance() maintenance}
   * @throws UnsupportedFeatureException if images of this format cannot be committed
   * @throws ReferenceDeniedException if the policy does not allow opening the image below
   * @throws ImageLockedException if somebody else uses the image below
   * @throws DiskFormatException if this image is no difference to another, or the other one cannot
   *     be opened for writing
   * @throws java.io.InterruptedIOException if the calling thread is interrupted
   * @throws IOException if this image cannot be read or the other one cannot be written
   */
  default void commit(ProgressListener listener) throws IOException {
    throw unsupported("committing");
  }

  /**
   * Forgets everything that this image holds, so that its disk shows what the image does that it is
   * a difference to. If it is cut off at any point, some may be forgotten.
   *
   * @throws UnsupportedOperationException if the image was not opened for {@linkplain
   *     OpenOptions#maintenance() maintenance}
   * @throws UnsupportedFeatureException if images of this format cannot be emptied
   * @throws DiskFormatException if this image is no difference to another
   * @throws IOException if the image cannot be written
   */
  default void empty() throws IOException {
    throw unsupported("emptying");
  }

  private UnsupportedFeatureException unsupported(String what) throws IOException {
    ImageInfo info = info();
    return new UnsupportedFeatureException(
        info.file(), what + " an image of format " + info.format());
  }
}
