package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.ProgressListener;
import java.io.IOException;
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

  /** Where the copy goes. */
  @FunctionalInterface
  private interface Target {
    void fill(Conversion conversion) throws IOException;
  }

  private final BlockDevice source;
  private final @Nullable Target target;
  private final int workers;
  private final int sparse;
  private final ProgressListener listener;

  private Conversion(
      BlockDevice source,
      @Nullable Target target,
      int workers,
      int sparse,
      ProgressListener listener) {
    this.source = source;
    this.target = target;
    this.workers = workers;
    this.sparse = sparse;
    this.listener = listener;
  }

  /** Returns a conversion of a disk, which is not written to and stays open. */
  public static Conversion from(BlockDevice source) {
    return new Conversion(
        Objects.requireNonNull(source),
        null,
        Crew.defaultSize(),
        DEFAULT_SPARSE,
        ProgressListener.NONE);
  }

  /**
   * Returns this conversion with a new image to make. A file of that name is there only once it is
   * complete and flushed; a conversion that fails or is interrupted leaves nothing.
   *
   * @param path where no file is, unless {@link CreateOptions#replaceExisting()} was asked for
   * @param options whose size is of no matter: it is the source's
   */
  public Conversion to(Path path, CreateOptions options) {
    Objects.requireNonNull(path);
    Objects.requireNonNull(options);
    return with(conversion ->
        DiskImages.create(
            path, options.size(conversion.source.size()), image -> conversion.copy(image, true)));
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
      conversion.copy(device, false);
      device.flush();
    });
  }

  private Conversion with(Target newTarget) {
    return new Conversion(source, newTarget, workers, sparse, listener);
  }

  /**
   * Returns this conversion done by so many threads at once; by default as many as there are
   * processors, but not more than 8. Each has a buffer of 2 MiB.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public Conversion workers(int count) {
    return new Conversion(source, target, Crew.checkSize(count), sparse, listener);
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
    return new Conversion(source, target, workers, bytes, listener);
  }

  /** Returns this conversion telling how much of the source's size, skipped or copied, is done. */
  public Conversion progress(ProgressListener progressListener) {
    return new Conversion(
        source, target, workers, sparse, Objects.requireNonNull(progressListener));
  }

  /**
   * Runs the conversion. It can be run again.
   *
   * @throws IllegalStateException if there is no target
   * @throws IllegalArgumentException if the format of the new image does not have an option, or
   *     makes no sense of its value
   * @throws java.nio.file.FileAlreadyExistsException if there is a file that is not to be replaced
   * @throws io.diskformat.UnrecognizedFormatException if the new image's format is not installed
   * @throws io.diskformat.UnsupportedFeatureException if such an image cannot be created
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

  private void copy(BlockDevice device, boolean fresh) throws IOException {
    long size = source.size();
    Progress progress = new Progress(listener, size);
    int unit = unit();
    long zeroLimit = sparse == 0 ? unit : WindowCursor.ZEROES;
    WindowCursor cursor = new WindowCursor(source, size, unit, zeroLimit);
    WindowQueue windows = new WindowQueue(source, cursor, workers);
    Crew.run(
        workers,
        "convert",
        arena -> new CopyStep(source, device, fresh, sparse, unit, windows, progress, arena));
    progress.finish();
  }

  /** Returns a multiple of what is looked for, so that none of it lies across two windows. */
  private int unit() {
    return sparse == 0 ? WindowCursor.UNIT : Math.ceilDiv(WindowCursor.UNIT, sparse) * sparse;
  }
}
