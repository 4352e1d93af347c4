package io.diskformat;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * An image open for maintenance: for operations on its file, not for access to its disk. {@link
 * DiskImages#maintain(java.nio.file.Path, OpenOptions)} opens it, even if it is too damaged to be
 * read or written, as long as its header is valid.
 *
 * <p>{@link OpenOptions#readOnly()} opens it for {@link #info} and {@link #check} alone. It is then
 * locked as for reading, so others may read it at the same time. {@link OpenOptions#writable()}
 * allows all operations, and locks the image as for writing: nobody else has it open meanwhile.
 *
 * <p>Thread-safe: one operation runs at a time, and others wait until it has ended. {@link #close}
 * waits for none: an operation under way then fails with an {@link ImageClosedException}, and
 * leaves the image as when it is interrupted. Every later call but {@code close} throws that
 * exception.
 */
public interface ImageMaintenance extends Closeable {

  /**
   * Returns the image's description of itself.
   *
   * @throws DiskFormatException if that is malformed
   * @throws IOException if it cannot be read
   */
  ImageInfo info() throws IOException;

  /**
   * Returns the name of the image's format, also where {@link #info} fails.
   *
   * @throws IOException if the image cannot be read
   */
  default String format() throws IOException {
    return info().format();
  }

  /**
   * Checks the image's structure, not the content of its disk, and returns what it found.
   *
   * <p>If this image is a difference to another, that one is opened as a reader opens it, as far as
   * the options allow it. What is wrong with it or with those below it is a corruption. If it is
   * not found, not allowed or in use, that is a failure of the check. With {@link
   * OpenOptions#metadataOnly()} no other file is opened, and only this image's structure is
   * checked.
   *
   * <p>A check of an image that somebody is writing needs {@link OpenOptions#shared()}. It sees
   * what the writer has flushed so far.
   *
   * @throws UnsupportedFeatureException if images of this format cannot be checked
   * @throws IOException if the image cannot be read
   */
  default CheckReport check() throws IOException {
    return check(ProgressListener.NONE);
  }

  /**
   * Checks the image as {@link #check()} does.
   *
   * @param listener gets the progress, in bytes of tables; formats with few of them report none
   * @throws UnsupportedFeatureException if images of this format cannot be checked
   * @throws java.io.InterruptedIOException if the calling thread is interrupted
   * @throws IOException if the image cannot be read
   */
  default CheckReport check(ProgressListener listener) throws IOException {
    return check(listener, problem -> {});
  }

  /**
   * Checks the image as {@link #check()} does, and reports each problem as it is found, however
   * many there are; the report has only the first {@link CheckReport#MAX_PROBLEMS}. This is the one
   * that a format implements.
   *
   * @param listener gets the progress, in bytes of tables; formats with few of them report none
   * @param problems gets each problem, in the thread that called this
   * @throws UnsupportedFeatureException if images of this format cannot be checked
   * @throws java.io.InterruptedIOException if the calling thread is interrupted
   * @throws IOException if the image cannot be read
   */
  default CheckReport check(ProgressListener listener, Consumer<CheckReport.Problem> problems)
      throws IOException {
    throw unsupported("checking");
  }

  /**
   * Repairs the image's structure, makes that durable, and returns what it did. Problems of the
   * images below do not prevent that, and are left. If it is interrupted at any point, it can be
   * repeated.
   *
   * @param repair how much is to be repaired
   * @throws UnsupportedOperationException if the image was opened for reading
   * @throws UnsupportedFeatureException if images of this format cannot be repaired
   * @throws IOException if the image cannot be read or written
   */
  default RepairReport repair(Repair repair) throws IOException {
    throw unsupported("repairing");
  }

  /**
   * Repairs the image as {@link #repair(Repair)} does, or only finds out what that would change.
   *
   * @param repair how much is to be repaired
   * @param dryRun whether the image stays as it is; then the report says what would be repaired,
   *     and what is left of the problems that were found, as far as that can be known beforehand.
   *     An image that was opened for reading allows that, too.
   * @param changes gets a description of each change, in the thread that called this
   * @throws UnsupportedOperationException if the image was opened for reading, and this is no dry
   *     run
   * @throws UnsupportedFeatureException if images of this format cannot be repaired so
   * @throws IOException if the image cannot be read or written
   */
  default RepairReport repair(Repair repair, boolean dryRun, Consumer<CheckReport.Problem> changes)
      throws IOException {
    if (dryRun) {
      throw unsupported("a dry run of repairing");
    }
    return repair(repair);
  }

  /**
   * Makes the image's file as small as its content allows, in place: clusters that hold only
   * zeroes, or the same as the image below, are no longer stored, and the others are moved
   * together. If it is interrupted at any point, the content of the disk is unchanged, and it can
   * be repeated.
   *
   * @param listener gets the progress, in bytes of what is stored
   * @throws UnsupportedOperationException if the image was opened for reading
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
   * Afterwards, and if it is interrupted at any point, this image's disk has the same content as
   * before. Once this has returned, the image below has all of it, too, and {@link #empty} or
   * deleting this image loses nothing.
   *
   * <p>Other images that are differences to the same one become invalid. Snapshots inside this one
   * keep their disks: an image with one that shows the image below, where a commit would write
   * that, is not committed.
   *
   * @param listener gets the progress, in bytes of the disk
   * @return the data that this image's file is too short for; it reads as zeroes, and was written
   *     as such
   * @throws UnsupportedOperationException if the image was opened for reading
   * @throws UnsupportedFeatureException if images of this format cannot be committed, or the disk
   *     of a snapshot would change
   * @throws ReferenceDeniedException if the policy does not allow opening the image below
   * @throws ImageLockedException if somebody else uses the image below
   * @throws DiskFormatException if this image is no difference to another, or the other one cannot
   *     be opened for writing
   * @throws java.io.InterruptedIOException if the calling thread is interrupted
   * @throws IOException if this image cannot be read or the other one cannot be written
   */
  default List<MissingData> commit(ProgressListener listener) throws IOException {
    throw unsupported("committing");
  }

  /**
   * Discards everything that this image holds, so that its disk reads as that of the image that it
   * is a difference to. If it is interrupted at any point, some may have been discarded.
   *
   * @throws UnsupportedOperationException if the image was opened for reading
   * @throws UnsupportedFeatureException if images of this format cannot be emptied
   * @throws DiskFormatException if this image is no difference to another
   * @throws IOException if the image cannot be written
   */
  default void empty() throws IOException {
    throw unsupported("emptying");
  }

  /**
   * Makes this image a difference to another one than before, or to none, without a change of what
   * its disk holds: what the old and the new one show differently is written to this image first.
   * If it is interrupted at any point, the disk has the same content as before, and it can be
   * repeated.
   *
   * @param rebase what the image is to be a difference to
   * @param listener gets the progress, in bytes of the disk
   * @throws UnsupportedOperationException if the image was opened for reading
   * @throws UnsupportedFeatureException if images of this format cannot be rebased, or this one
   *     cannot
   * @throws IllegalArgumentException if no file of the new name is ever opened
   * @throws ReferenceDeniedException if the policy does not allow opening the old or the new image
   *     below
   * @throws DiskFormatException if one of them cannot be opened, or is a difference to this image
   * @throws java.io.InterruptedIOException if the calling thread is interrupted
   * @throws IOException if this image cannot be written, or another one cannot be read
   */
  default void rebase(Rebase rebase, ProgressListener listener) throws IOException {
    throw unsupported("rebasing");
  }

  /**
   * Changes a dirty bitmap that is kept inside the image. If that is interrupted at any point, all
   * of the change was made or none.
   *
   * @throws UnsupportedOperationException if the image was opened for reading
   * @throws UnsupportedFeatureException if no bitmaps can be kept in the image
   * @throws IllegalArgumentException if a new bitmap cannot have its name or granularity
   * @throws DiskFormatException if there is no bitmap of that name, or already one, or it is
   *     inconsistent and the change is not to remove it
   * @throws IOException if the image cannot be read or written
   */
  default void change(BitmapChange change) throws IOException {
    throw unsupported("bitmaps in");
  }

  /**
   * Adds a passphrase that opens an encrypted image, and makes that durable. The options supply one
   * that it has already. If it is interrupted at any point, the image has the old passphrases, and
   * perhaps the new one.
   *
   * @param added supplies the new passphrase
   * @param slot the number of the key slot for it, or empty for the first that is free
   * @param time how long trying the passphrase is to take: the longer, the harder it is to guess
   * @return the number of the key slot
   * @throws UnsupportedOperationException if the image was opened for reading
   * @throws UnsupportedFeatureException if the image is not encrypted by LUKS
   * @throws PassphraseException if the options supply no passphrase, or not the right one
   * @throws DiskFormatException if there is no such key slot that is free
   * @throws IOException if the image cannot be written
   */
  default int addKey(SecretSupplier added, OptionalInt slot, Duration time) throws IOException {
    throw unsupported("adding a passphrase to");
  }

  /**
   * Removes a passphrase from every key slot that it opens, overwrites what they held, and makes
   * that durable.
   *
   * @param removed supplies the passphrase
   * @throws UnsupportedOperationException if the image was opened for reading
   * @throws UnsupportedFeatureException if the image is not encrypted by LUKS
   * @throws PassphraseException if it opens none
   * @throws DiskFormatException if no passphrase would be left
   * @throws IOException if the image cannot be written
   */
  default void removeKey(SecretSupplier removed) throws IOException {
    throw unsupported("removing a passphrase from");
  }

  /**
   * Empties a key slot, as {@link #removeKey} does, whatever passphrase opens it.
   *
   * @param slot its number
   * @throws UnsupportedOperationException if the image was opened for reading
   * @throws UnsupportedFeatureException if the image is not encrypted by LUKS
   * @throws DiskFormatException if it is not in use, or no passphrase would be left
   * @throws IOException if the image cannot be written
   */
  default void removeKeySlot(int slot) throws IOException {
    throw unsupported("removing a passphrase from");
  }

  /**
   * Changes options of the image that were chosen when it was created. If it is interrupted at any
   * point, the content of the disk is unchanged, some of the options may have been changed, and it
   * can be repeated.
   *
   * @param options the new values by name, as qemu-img names and spells them
   * @param listener gets the progress, in units that the change decides on
   * @throws IllegalArgumentException if there is no such option, or its value cannot be changed
   * @throws UnsupportedOperationException if the image was opened for reading
   * @throws UnsupportedFeatureException if options of images of this format cannot be changed, or
   *     what the image has prevents it
   * @throws IOException if the image cannot be read or written
   */
  default void amend(Map<String, String> options, ProgressListener listener) throws IOException {
    throw unsupported("amending");
  }

  /** Releases the image's file and its lock. Closing it again does nothing. */
  @Override
  void close() throws IOException;

  private UnsupportedFeatureException unsupported(String what) throws IOException {
    ImageInfo info = info();
    return new UnsupportedFeatureException(
        info.file(), what + " an image of format " + info.format());
  }
}
