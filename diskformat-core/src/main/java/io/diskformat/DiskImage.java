package io.diskformat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * An open image: a disk, and what its format keeps beside it. Checking, repairing and the other
 * operations on the file rather than the disk are those of {@link ImageMaintenance}. Thread-safe as
 * its supertype is.
 */
public interface DiskImage extends BlockDevice {

  /**
   * Returns the image's description of itself.
   *
   * @throws DiskFormatException if that is malformed
   * @throws IOException if it cannot be read
   */
  ImageInfo info() throws IOException;

  /**
   * Returns the image that this one is a difference to (its backing file or parent), if there is
   * one and it was opened. It belongs to this image and is closed with it.
   */
  default Optional<DiskImage> backing() {
    return Optional.empty();
  }

  /**
   * Changes the size of the disk. The added part reads as zeroes; what was beyond the new end is
   * lost.
   *
   * @param newSize in bytes, a multiple of 512
   * @throws IllegalArgumentException if it is no such multiple or is negative
   * @throws UnsupportedOperationException if the image is not writable
   * @throws UnsupportedFeatureException if images of this format cannot be resized so
   * @throws IOException if the image cannot be read or written
   */
  void resize(long newSize) throws IOException;

  /**
   * Changes the size of the disk as {@link #resize(long)} does, and reports progress where much of
   * the image has to move.
   *
   * @param newSize in bytes, a multiple of 512
   * @param listener gets the number of bytes that have moved, and the number that have to at most
   * @throws IOException if the image cannot be read or written
   */
  default void resize(long newSize, ProgressListener listener) throws IOException {
    resize(newSize);
    listener.progress(newSize, newSize);
  }

  /**
   * Changes the size of the disk as {@link #resize(long, ProgressListener)} does, and allocates
   * what is added.
   *
   * @param newSize in bytes, a multiple of 512
   * @param preallocation what to allocate, as qemu-img names it: {@code off}, {@code metadata},
   *     {@code falloc} or {@code full}
   * @param listener gets the number of bytes that are done, and the number of all
   * @throws IllegalArgumentException if there is no such preallocation, or the disk would get
   *     smaller
   * @throws UnsupportedFeatureException if images of this format do not allocate so
   * @throws IOException if the image cannot be read or written
   */
  default void resize(long newSize, String preallocation, ProgressListener listener)
      throws IOException {
    if (!preallocation.equals("off")) {
      ImageInfo info = info();
      throw new UnsupportedFeatureException(
          info.file(),
          "preallocation="
              + preallocation
              + " of what an image of format "
              + info.format()
              + " grows by");
    }
    resize(newSize, listener);
  }

  /**
   * Writes whole clusters, compressed by the method that the image records; those that do not get
   * smaller are stored uncompressed. Threads that call this at once compress in parallel.
   *
   * @param offset where the first cluster begins on the disk, in bytes
   * @param source whole clusters, except that the last may end with the disk
   * @throws IllegalArgumentException if offset or length are not of whole clusters
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
   * Returns the dirty bitmaps that are kept inside this image, in its own order. Where no image of
   * this format keeps any, there are none.
   *
   * @throws DiskFormatException if their record is malformed
   * @throws IOException if it cannot be read
   */
  default List<DirtyBitmap> bitmaps() throws IOException {
    return List.of();
  }

  /**
   * Returns the ranges of the disk that a dirty bitmap records as written: what an incremental
   * backup copies, with {@link io.diskformat.transfer.Conversion#only}.
   *
   * @param bitmap its name
   * @throws UnsupportedOperationException if the image is open for writing, so that more is being
   *     recorded
   * @throws DiskFormatException if there is no such bitmap, or it is inconsistent or corrupt
   * @throws IOException if it cannot be read
   */
  default DirtyCursor dirtyRanges(String bitmap) throws IOException {
    throw new DiskFormatException(info().file() + ": no bitmap \"" + bitmap + "\"");
  }

  /** Returns whether dirty bitmaps can be kept inside this image. */
  default boolean keepsBitmaps() {
    return false;
  }

  /**
   * Opens a snapshot that is kept inside this image, as a read-only device. It reads from this
   * image's files, and so works only while this image is open.
   *
   * @param idOrName the snapshot's identifier or, if no snapshot has that identifier, its name
   * @return the disk as it was when the snapshot was taken
   * @throws UnsupportedOperationException if the image was opened for its {@linkplain
   *     OpenOptions#metadataOnly() metadata only}
   * @throws DiskFormatException if the image has no such snapshot or its record is malformed
   * @throws IOException if it cannot be read
   */
  default BlockDevice openSnapshot(String idOrName) throws IOException {
    List<Snapshot> none = info().snapshots();
    throw new DiskFormatException(
        info().file() + ": no snapshot \"" + idOrName + "\" among its " + none.size());
  }

  /**
   * Takes a snapshot of the disk, and keeps it inside this image. All that was written before is in
   * it, and durable. Nothing is copied: what is written from then on goes to another place. The
   * time that this takes depends on the size of the image's tables, not on that of its data.
   *
   * @param name its name, which need not be unique
   * @return the new snapshot, with the identifier that it got
   * @throws IllegalArgumentException if the name is too long for the format
   * @throws UnsupportedOperationException if the image is not writable
   * @throws UnsupportedFeatureException if images of this format have no snapshots, or this one
   *     cannot have another one
   * @throws IOException if the image cannot be read or written; then there is no new snapshot
   */
  default Snapshot createSnapshot(String name) throws IOException {
    throw noSnapshots();
  }

  /**
   * Makes the disk what it was when a snapshot was taken, with the size that it had, and makes that
   * durable. The snapshot is kept. What was written since is lost, unless another snapshot has it.
   *
   * @param idOrName as {@link #openSnapshot} takes it
   * @throws UnsupportedOperationException if the image is not writable
   * @throws UnsupportedFeatureException if images of this format have no snapshots, or this one
   *     cannot go back to that one
   * @throws DiskFormatException if the image has no such snapshot
   * @throws IOException if the image cannot be read or written
   */
  default void applySnapshot(String idOrName) throws IOException {
    throw noSnapshots();
  }

  /**
   * Deletes a snapshot. A device that {@link #openSnapshot} returned for it throws an exception
   * from then on, also from a read that is under way.
   *
   * @param idOrName as {@link #openSnapshot} takes it
   * @throws UnsupportedOperationException if the image is not writable
   * @throws UnsupportedFeatureException if images of this format have no snapshots
   * @throws DiskFormatException if the image has no such snapshot
   * @throws IOException if the image cannot be read or written
   */
  default void deleteSnapshot(String idOrName) throws IOException {
    throw noSnapshots();
  }

  private UnsupportedFeatureException noSnapshots() throws IOException {
    ImageInfo info = info();
    return new UnsupportedFeatureException(
        info.file(), "changing the snapshots of an image of format " + info.format());
  }
}
