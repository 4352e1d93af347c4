package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.DirtyCursor;
import io.diskformat.ImageInput;
import io.diskformat.Limits;
import io.diskformat.ProgressListener;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
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
  private final Limits limits;
  private final ProgressListener listener;

  /** Returns the algorithm of the blocks. */
  BlockAlgorithm blocks() {
    return algorithm;
  }

  private ContentHash(
      BlockAlgorithm algorithm, int workers, Limits limits, ProgressListener listener) {
    this.algorithm = algorithm;
    this.workers = workers;
    this.limits = limits;
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
    return new ContentHash(
        BlockAlgorithm.named(name), Crew.defaultSize(), Limits.none(), ProgressListener.NONE);
  }

  /**
   * Returns this computation with {@code count} worker threads; by default the number of
   * processors, at most 8. Each has a buffer of 2 MiB. Fewer threads run if the buffers would take
   * more than a quarter of the JVM's maximum memory, or more than 64 MiB.
   *
   * @throws IllegalArgumentException if {@code count} is less than 1
   */
  public ContentHash workers(int count) {
    return new ContentHash(algorithm, Crew.checkSize(count), limits, listener);
  }

  /**
   * Returns this computation with a listener for its progress, in bytes of the disk, skipped or
   * read.
   */
  public ContentHash progress(ProgressListener progressListener) {
    return new ContentHash(algorithm, workers, limits, Objects.requireNonNull(progressListener));
  }

  /**
   * Returns this computation with limits: for the size of a disk, which is refused before it
   * begins, and for the time: once the deadline has passed, workers end with what each has in its
   * buffer, and a {@link io.diskformat.LimitExceededException} is thrown.
   */
  public ContentHash limits(Limits newLimits) {
    return new ContentHash(algorithm, workers, Objects.requireNonNull(newLimits), listener);
  }

  /**
   * Computes and returns the checksum of a disk, which stays open.
   *
   * @throws io.diskformat.LimitExceededException if a disk is larger than {@link #limits} allow, or
   *     the deadline passes
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again
   * @throws io.diskformat.DiskFormatException if the disk's tables are corrupt
   * @throws IOException if the disk cannot be read
   */
  public Result of(BlockDevice device) throws IOException {
    OuterHash outer = new OuterHash(algorithm.digest());
    run(
        device,
        tasks(device),
        (_, checksums) -> {
          outer.add(checksums);
          return true;
        });
    return new Result(algorithm.name(), outer.finish(device.size()));
  }

  /**
   * Computes and returns the checksum of a disk, which stays open, and in the same pass writes a
   * {@link Manifest} of it.
   *
   * @param manifest stays open; if this throws, what was written is no manifest
   * @throws io.diskformat.LimitExceededException if a disk is larger than {@link #limits} allow, or
   *     the deadline passes
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again
   * @throws io.diskformat.DiskFormatException if the disk's tables are corrupt
   * @throws IOException if the disk cannot be read, or the manifest cannot be written
   */
  public Result of(BlockDevice device, WritableByteChannel manifest) throws IOException {
    return write(device, device.size(), tasks(device), manifest);
  }

  /**
   * Computes and returns the checksum of a disk whose image is read in one pass, to its end, and in
   * the same pass writes a {@link Manifest} of it. The input can be used only once.
   *
   * @param manifest stays open; if this throws, what was written is no manifest
   * @throws IllegalArgumentException if the size of the disk is not known before its end
   * @throws io.diskformat.LimitExceededException if the disk is larger than {@link #limits} allow,
   *     or the deadline passes
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again
   * @throws io.diskformat.UnsupportedFeatureException if the data does not come in the order of the
   *     disk
   * @throws io.diskformat.DiskFormatException if the image is cut short or corrupt
   * @throws IOException if the image cannot be read, or the manifest cannot be written
   */
  public Result of(ImageInput input, WritableByteChannel manifest) throws IOException {
    if (input.size() < 0) {
      throw new IllegalArgumentException(input.name() + ": its size is not known");
    }
    return write(new InputSource(input), manifest);
  }

  /**
   * Computes and returns the checksum of a disk whose bytes come out of a channel, and in the same
   * pass writes a {@link Manifest} of it.
   *
   * @param channel stays open
   * @param name of the channel in messages
   * @param size of the disk, in bytes
   * @param manifest stays open; if this throws, what was written is no manifest
   * @throws io.diskformat.LimitExceededException if the disk is larger than {@link #limits} allow,
   *     or the deadline passes
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again
   * @throws IOException if there are fewer bytes, or more, or they cannot be read, or the manifest
   *     cannot be written
   */
  public Result of(
      ReadableByteChannel channel, String name, long size, WritableByteChannel manifest)
      throws IOException {
    return write(new ChannelSource(channel, name, size), manifest);
  }

  /**
   * Computes the checksum of a disk, and writes a {@link Manifest} of it, out of an earlier one:
   * only what may have changed since is read. The algorithm is that of the earlier manifest.
   *
   * @param earlier of the same disk, at an earlier time; the disk's size may have changed
   * @param device the disk, which stays open
   * @param changed where it may have been written since, for example what {@link
   *     io.diskformat.DiskImage#dirtyRanges} returns; in ascending order
   * @param manifest another file than the earlier one; stays open
   * @throws io.diskformat.LimitExceededException if a disk is larger than {@link #limits} allow, or
   *     the deadline passes
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again
   * @throws io.diskformat.CorruptImageException if the earlier manifest is not as it was written
   * @throws io.diskformat.DiskFormatException if the disk's tables are corrupt
   * @throws IOException if something cannot be read, or the manifest cannot be written
   */
  public Result update(
      Manifest earlier, BlockDevice device, DirtyCursor changed, WritableByteChannel manifest)
      throws IOException {
    try (ManifestReader reader = earlier.read()) {
      ContentHash like = new ContentHash(reader.header().algorithm(), workers, limits, listener);
      long size = device.size();
      return like.write(device, size, new UpdateTasks(reader, device, size, changed), manifest);
    }
  }

  private Result write(
      BlockDevice device, long size, HashStep.Tasks tasks, WritableByteChannel manifest)
      throws IOException {
    ManifestSink sink = new ManifestSink(manifest, algorithm, size);
    run(device, tasks, sink);
    return new Result(algorithm.name(), sink.finish());
  }

  private Result write(Source source, WritableByteChannel manifest) throws IOException {
    long size = source.size();
    limits.checkDisk(source.name(), size);
    ManifestSink sink = new ManifestSink(manifest, algorithm, size);
    Source.Pass pass =
        source.pass(
            new Source.Walk(
                WindowCursor.UNIT, WindowCursor.ZEROES, workers, true, Source.Growth.NONE));
    Progress progress = new Progress(listener, size);
    InOrder<byte[]> order = new InOrder<>(workers, sink);
    Crew.run(
        workers,
        WindowCursor.UNIT + source.held(WindowCursor.UNIT),
        "hash",
        new Deadline(source.name(), limits),
        _ -> {
          Feed feed = pass.feed();
          HashStep.Tasks tasks =
              () -> {
                Window window = feed.next();
                return window == null ? null : new HashStep.Task(window, null);
              };
          return new HashStep(feed::read, tasks, algorithm, order, progress);
        });
    if (source.size() != size) {
      throw new IOException(
          "%s: it has %s bytes, and %d were expected"
              .formatted(source.name(), source.size() < size ? source.size() : "more", size));
    }
    progress.finish();
    return new Result(algorithm.name(), sink.finish());
  }

  private HashStep.Tasks tasks(BlockDevice device) throws IOException {
    WindowCursor cursor =
        new WindowCursor(device, device.size(), WindowCursor.UNIT, WindowCursor.ZEROES);
    WindowQueue windows = new WindowQueue(device, cursor, workers);
    return () -> {
      Window window = windows.next();
      return window == null ? null : new HashStep.Task(window, null);
    };
  }

  private void run(BlockDevice device, HashStep.Tasks tasks, InOrder.Sink<byte[]> sink)
      throws IOException {
    limits.checkDisk(device.toString(), device.size());
    Progress progress = new Progress(listener, device.size());
    InOrder<byte[]> order = new InOrder<>(workers, sink);
    Crew.run(
        workers,
        WindowCursor.UNIT,
        "hash",
        new Deadline(device, limits),
        _ -> new HashStep(device::read, tasks, algorithm, order, progress));
    progress.finish();
  }
}
