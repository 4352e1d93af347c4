package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * Computes a checksum of the content of a disk, which does not depend on the format of its image.
 * It is the checksum of blkhash and its tool blksum: that of the concatenated checksums of all
 * blocks of 64 KiB, the last of which may be shorter, followed by the size of the disk as a
 * little-endian 64-bit number. Ranges that are known to read as zeroes are not read.
 *
 * <pre>{@code
 * String hex = ContentHash.sha256().of(image).hex();
 * }</pre>
 *
 * <p>Immutable: each method that changes a setting returns a new object.
 */
public final class ContentHash {

  /** The checksum of a disk. Immutable. */
  public static final class Result {
    private final String algorithm;
    private final byte[] bytes;

    Result(String algorithm, byte[] bytes) {
      this.algorithm = algorithm;
      this.bytes = bytes;
    }

    /** Returns the name of the algorithm, as {@link ContentHash#algorithm} lists it. */
    public String algorithm() {
      return algorithm;
    }

    /** Returns a copy of the checksum's bytes. */
    public byte[] bytes() {
      return bytes.clone();
    }

    /** Returns the checksum in lower-case hexadecimal. */
    public String hex() {
      return HexFormat.of().formatHex(bytes);
    }

    /** Returns whether {@code other} is the same checksum by the same algorithm. */
    @Override
    public boolean equals(Object other) {
      return other instanceof Result that
          && algorithm.equals(that.algorithm)
          && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }

    /** Returns the algorithm and the checksum as readable text. */
    @Override
    public String toString() {
      return algorithm + ":" + hex();
    }
  }

  private final BlockAlgorithm algorithm;
  private final int workers;
  private final ProgressListener listener;

  /** Returns the algorithm of the blocks. */
  BlockAlgorithm blocks() {
    return algorithm;
  }

  private ContentHash(BlockAlgorithm algorithm, int workers, ProgressListener listener) {
    this.algorithm = algorithm;
    this.workers = workers;
    this.listener = listener;
  }

  /** Returns a computation with SHA-256, which is blksum's default. */
  public static ContentHash sha256() {
    return algorithm("sha256");
  }

  /**
   * Returns a computation with one of these algorithms: {@code md5}, {@code sha1}, {@code sha224},
   * {@code sha256}, {@code sha384}, {@code sha512}, {@code sha512-224}, {@code sha512-256}, {@code
   * sha3-224}, {@code sha3-256}, {@code sha3-384}, {@code sha3-512} and, with Bouncy Castle, {@code
   * blake2b256}, {@code blake2b512}, {@code blake2s256}, {@code blake3}, {@code ripemd160} and
   * {@code sm3}.
   *
   * @param name in upper or lower case, with hyphens or without
   * @throws IllegalArgumentException if it is none of these
   * @throws UnsupportedOperationException if it needs Bouncy Castle, which is not installed
   */
  public static ContentHash algorithm(String name) {
    return new ContentHash(BlockAlgorithm.named(name), Crew.defaultSize(), ProgressListener.NONE);
  }

  /**
   * Returns this computation with {@code count} worker threads; by default the number of
   * processors, at most 8. Each has a buffer of 2 MiB. Fewer threads run if the buffers would take
   * more than a quarter of the JVM's maximum memory, or more than 64 MiB.
   *
   * @throws IllegalArgumentException if {@code count} is less than 1
   */
  public ContentHash workers(int count) {
    return new ContentHash(algorithm, Crew.checkSize(count), listener);
  }

  /**
   * Returns this computation with a listener for its progress, in bytes of the disk, skipped or
   * read.
   */
  public ContentHash progress(ProgressListener progressListener) {
    return new ContentHash(algorithm, workers, Objects.requireNonNull(progressListener));
  }

  /**
   * Computes and returns the checksum of a disk, which stays open.
   *
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again
   * @throws io.diskformat.DiskFormatException if the disk's tables are corrupt
   * @throws IOException if the disk cannot be read
   */
  public Result of(BlockDevice device) throws IOException {
    long size = device.size();
    Progress progress = new Progress(listener, size);
    WindowCursor cursor = new WindowCursor(device, size, WindowCursor.UNIT, WindowCursor.ZEROES);
    WindowQueue windows = new WindowQueue(device, cursor, workers);
    OuterHash outer = new OuterHash(algorithm.digest(), workers);
    Crew.run(
        workers,
        WindowCursor.UNIT,
        "hash",
        arena -> new HashStep(device, windows, algorithm, outer, progress));
    progress.finish();
    return new Result(algorithm.name(), outer.finish(size));
  }
}
