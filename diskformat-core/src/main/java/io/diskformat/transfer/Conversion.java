package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ProgressListener;
import io.diskformat.transfer.ClusterStep.Shown;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Copies a disk: into a new image of any format, or over another disk. What reads as zeroes on the
 * source is not read, and takes no space in a new image.
 *
 * <pre>{@code
 * Conversion.from(source).to(path, CreateOptions.format("raw")).progress(listener).run();
 * }</pre>
 *
 * <p>Immutable: each method returns another object.
 */
public final class Conversion {
  private static final int SECTOR = 512;
  private static final int DEFAULT_SPARSE = 4096;
  private static final int MAX_SPARSE = 16 << 20;
  private static final long DEFAULT_CLUSTER = 64 << 10;

  /** Where the copy goes. */
  @FunctionalInterface
  private interface Target {
    void fill(Conversion conversion) throws IOException;
  }

  private final BlockDevice source;
  private final @Nullable Target target;
  private final int workers;
  private final int sparse;
  private final boolean compress;
  private final boolean targetIsZero;
  private final ProgressListener listener;

  private Conversion(
      BlockDevice source,
      @Nullable Target target,
      int workers,
      int sparse,
      boolean compress,
      boolean targetIsZero,
      ProgressListener listener) {
    this.source = source;
    this.target = target;
    this.workers = workers;
    this.sparse = sparse;
    this.compress = compress;
    this.targetIsZero = targetIsZero;
    this.listener = listener;
  }

  /** Returns a conversion of a disk, which is not written to and stays open. */
  public static Conversion from(BlockDevice source) {
    return new Conversion(
        Objects.requireNonNull(source),
        null,
        Crew.defaultSize(),
        DEFAULT_SPARSE,
        false,
        false,
        ProgressListener.NONE);
  }

  /**
   * Returns this conversion with a new image to make. A file of that name is there only once it is
   * complete and flushed; a conversion that fails or is interrupted leaves nothing.
   *
   * <p>If the options name a backing file, and allow it to be opened, only clusters in which the
   * source differs from it are written.
   *
   * @param path where no file is, unless {@link CreateOptions#replaceExisting()} was asked for
   * @param options whose size is of no matter: it is the source's
   */
  public Conversion to(Path path, CreateOptions options) {
    Objects.requireNonNull(path);
    Objects.requireNonNull(options);
    return with(conversion ->
        DiskImages.create(
            path,
            options.size(conversion.source.size()),
            image -> conversion.copy(image, image.backing().orElse(null), true)));
  }

  /**
   * Returns this conversion with a disk to write over. It gets everything that the source has,
   * zeroes too, and what it has beyond the source's size is left alone. It is flushed and stays
   * open. If the conversion fails, some of it may be written.
   *
   * @throws IllegalArgumentException if it is not writable, smaller than the source, or the source
   */
  public Conversion into(BlockDevice device) {
    if (!device.isWritable()) {
      throw new IllegalArgumentException("not opened for writing: " + device);
    }
    if (device.equals(source)) {
      throw new IllegalArgumentException("source and target are the same: " + device);
    }
    if (device.size() < source.size()) {
      throw new IllegalArgumentException(
          device + ": has " + device.size() + " bytes, but the source has " + source.size());
    }
    return with(conversion -> {
      conversion.copy(device, null, conversion.targetIsZero);
      device.flush();
    });
  }

  private Conversion with(Target newTarget) {
    return new Conversion(source, newTarget, workers, sparse, compress, targetIsZero, listener);
  }

  /**
   * Returns this conversion done by so many threads at once; by default as many as there are
   * processors, but not more than 8. Each has a buffer of 2 MiB.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public Conversion workers(int count) {
    return new Conversion(
        source, target, Crew.checkSize(count), sparse, compress, targetIsZero, listener);
  }

  /**
   * Returns this conversion looking for zeroes in the source's data: a run of so many bytes, at an
   * offset that is a multiple of it, is told to the target as zeroes, for which a new image needs
   * no space. By default 4096.
   *
   * @param bytes a multiple of 512, at most 16 MiB; or 0 to write every byte that the source has,
   *     so that a new image is allocated whole
   * @throws IllegalArgumentException if it is none of these
   */
  public Conversion sparse(int bytes) {
    if (bytes < 0 || bytes > MAX_SPARSE || bytes % SECTOR != 0) {
      throw new IllegalArgumentException(
          "must be a multiple of " + SECTOR + " from 0 to " + MAX_SPARSE + ": " + bytes);
    }
    return new Conversion(source, target, workers, bytes, compress, targetIsZero, listener);
  }

  /**
   * Returns this conversion compressing what it writes, in whole clusters and as the target's
   * format does it; each worker compresses for itself. Clusters that hold only zeroes are never
   * stored, and what {@link #sparse} says is of no matter.
   */
  public Conversion compress() {
    return new Conversion(source, target, workers, sparse, true, targetIsZero, listener);
  }

  /**
   * Returns this conversion taking the disk to write over to read as zeroes, so that the source's
   * zeroes need not be written there. If it does not, it will not be a copy. New images always do.
   */
  public Conversion targetIsZero() {
    return new Conversion(source, target, workers, sparse, compress, true, listener);
  }

  /** Returns this conversion telling how much of the source's size, skipped or copied, is done. */
  public Conversion progress(ProgressListener progressListener) {
    return new Conversion(
        source,
        target,
        workers,
        sparse,
        compress,
        targetIsZero,
        Objects.requireNonNull(progressListener));
  }

  /**
   * Runs the conversion. It can be run again.
   *
   * @throws IllegalStateException if there is no target
   * @throws IllegalArgumentException if the format of the new image does not have an option, or
   *     makes no sense of its value
   * @throws java.nio.file.FileAlreadyExistsException if there is a file that is not to be replaced
   * @throws io.diskformat.UnrecognizedFormatException if the new image's format is not installed
   * @throws io.diskformat.UnsupportedFeatureException if such an image cannot be created, or not be
   *     compressed
   * @throws io.diskformat.ReferenceDeniedException if the new image names a file that the options
   *     do not allow
   * @throws io.diskformat.ImageLockedException if the file to be replaced is in use
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again, and source and target stay open
   * @throws io.diskformat.DiskFormatException if the source's tables make no sense
   * @throws IOException if the source cannot be read or the target cannot be written
   */
  public void run() throws IOException {
    if (target == null) {
      throw new IllegalStateException("no target: call to() or into() first");
    }
    target.fill(this);
  }

  private void copy(BlockDevice device, @Nullable BlockDevice below, boolean fresh)
      throws IOException {
    Progress progress = new Progress(listener, source.size());
    if (compress || below != null) {
      if (!(device instanceof DiskImage image)) {
        throw new IllegalArgumentException("no image that could be compressed: " + device);
      }
      Shown shown = below != null ? Shown.BELOW : fresh ? Shown.ZEROES : Shown.UNKNOWN;
      copyClusters(image, below, shown, progress);
    } else {
      copyBytes(device, fresh, progress);
    }
    progress.finish();
  }

  private void copyBytes(BlockDevice device, boolean fresh, Progress progress) throws IOException {
    int unit = unit();
    long zeroLimit = sparse == 0 ? unit : WindowCursor.ZEROES;
    WindowQueue windows = windows(source, unit, zeroLimit);
    Crew.run(
        workers,
        "convert",
        arena -> new CopyStep(source, device, fresh, sparse, unit, windows, progress, arena));
  }

  private void copyClusters(
      DiskImage image, @Nullable BlockDevice below, Shown shown, Progress progress)
      throws IOException {
    if (compress) {
      // A format that cannot do this says so even if there will be nothing to compress.
      image.writeCompressed(0, MemorySegment.NULL);
    }
    long cluster = image.info().clusterSize().orElse(DEFAULT_CLUSTER);
    long unit = Math.ceilDiv(WindowCursor.UNIT, cluster) * cluster;
    WindowPairs pairs =
        new WindowPairs(
            windows(source, unit, WindowCursor.ZEROES),
            below == null ? null : windows(below, unit, WindowCursor.ZEROES));
    Crew.run(
        workers,
        "convert",
        arena ->
            new ClusterStep(
                source, image, shown, below, compress, cluster, unit, pairs, progress, arena));
  }

  private WindowQueue windows(BlockDevice device, long unit, long zeroLimit) throws IOException {
    WindowCursor cursor = new WindowCursor(device, source.size(), unit, zeroLimit);
    return new WindowQueue(device, cursor, workers);
  }

  /** Returns a multiple of what is looked for, so that none of it lies across two windows. */
  private int unit() {
    return sparse == 0 ? WindowCursor.UNIT : Math.ceilDiv(WindowCursor.UNIT, sparse) * sparse;
  }
}
