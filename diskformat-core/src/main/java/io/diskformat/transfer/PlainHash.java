package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.Limits;
import io.diskformat.ProgressListener;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.Objects;

/**
 * Computes the plain checksum of a disk: that of all its bytes in order, as {@code sha256sum}
 * computes it for a raw image. It does not depend on the format of the image. It takes longer than
 * a {@link ContentHash}: only reading is shared among threads, and zeroes are hashed as well,
 * though they are not read.
 *
 * <pre>{@code
 * String hex = HexFormat.of().formatHex(PlainHash.sha256().of(image));
 * }</pre>
 *
 * <p>Immutable: each method that changes a setting returns a new object.
 */
public final class PlainHash {
  private final BlockAlgorithm algorithm;
  private final int workers;
  private final Limits limits;
  private final ProgressListener listener;

  private PlainHash(
      BlockAlgorithm algorithm, int workers, Limits limits, ProgressListener listener) {
    this.algorithm = algorithm;
    this.workers = workers;
    this.limits = limits;
    this.listener = listener;
  }

  /** Returns a computation with SHA-256. */
  public static PlainHash sha256() {
    return algorithm("sha256");
  }

  /**
   * Returns a computation with any algorithm that {@link ContentHash#algorithm} accepts.
   *
   * @param name in upper or lower case, with hyphens or without
   * @throws IllegalArgumentException if it is none of these
   * @throws UnsupportedOperationException if it needs Bouncy Castle, which is not installed
   */
  public static PlainHash algorithm(String name) {
    return new PlainHash(
        BlockAlgorithm.named(name), Crew.defaultSize(), Limits.none(), ProgressListener.NONE);
  }

  /**
   * Returns this computation with {@code count} threads that read the disk; by default the number
   * of processors, at most 8. Each has a buffer of 2 MiB. Fewer threads run if the buffers would
   * take more than a quarter of the JVM's maximum memory, or more than 64 MiB.
   *
   * @throws IllegalArgumentException if {@code count} is less than 1
   */
  public PlainHash workers(int count) {
    return new PlainHash(algorithm, Crew.checkSize(count), limits, listener);
  }

  /** Returns this computation with a listener for its progress, in bytes of the disk. */
  public PlainHash progress(ProgressListener progressListener) {
    return new PlainHash(algorithm, workers, limits, Objects.requireNonNull(progressListener));
  }

  /**
   * Returns this computation with limits: for the size of a disk, which is refused before it
   * begins, and for the time: once the deadline has passed, workers end with what each has in its
   * buffer, and a {@link io.diskformat.LimitExceededException} is thrown.
   */
  public PlainHash limits(Limits newLimits) {
    return new PlainHash(algorithm, workers, Objects.requireNonNull(newLimits), listener);
  }

  /**
   * Computes and returns the checksum of a disk, which stays open.
   *
   * @return the checksum's bytes
   * @throws io.diskformat.LimitExceededException if a disk is larger than {@link #limits} allow, or
   *     the deadline passes
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again
   * @throws io.diskformat.DiskFormatException if the disk's tables are corrupt
   * @throws IOException if the disk cannot be read
   */
  public byte[] of(BlockDevice device) throws IOException {
    long size = device.size();
    limits.checkDisk(device.toString(), size);
    Progress progress = new Progress(listener, size);
    // Windows of zeroes are no longer than others, so that stopping takes no longer either.
    WindowCursor cursor = new WindowCursor(device, size, WindowCursor.UNIT, WindowCursor.UNIT);
    WindowQueue windows = new WindowQueue(device, cursor, workers);
    MessageDigest digest = algorithm.digest();
    Turns turns = new Turns();
    Crew.run(
        workers,
        WindowCursor.UNIT,
        "hash",
        new Deadline(device, limits),
        _ -> new PlainHashStep(device, windows, digest, turns, progress));
    progress.finish();
    return digest.digest();
  }
}
