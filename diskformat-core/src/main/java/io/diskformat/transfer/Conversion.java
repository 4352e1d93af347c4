package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.ImageOutput;
import io.diskformat.ProgressListener;
import io.diskformat.event.Events;
import io.diskformat.event.Span;
import io.diskformat.transfer.ClusterStep.Shown;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Copies a disk to a new image of any format, or over another disk. Ranges of the source that are
 * known to read as zeroes are not read, and take no space in a new image.
 *
 * <pre>{@code
 * Conversion.from(source).to(path, CreateOptions.format("raw")).progress(listener).run();
 * }</pre>
 *
 * <p>Immutable: each method that changes a setting returns a new object.
 */
public final class Conversion {
  /** The length of a sector, in bytes. */
  private static final int SECTOR = 512;

  /** The default of {@link #sparse}, in bytes: a block of most file systems. */
  private static final int DEFAULT_SPARSE = 4096;

  /** The largest value of {@link #sparse}, in bytes. */
  private static final int MAX_SPARSE = 16 << 20;

  /** The unit for targets of a format without clusters, in bytes. */
  private static final long DEFAULT_CLUSTER = 64 << 10;

  /** The target of the copy. */
  @FunctionalInterface
  private interface Target {
    void fill(Conversion conversion) throws IOException;
  }

  private final Source source;
  private final @Nullable Target target;
  private final int workers;
  private final int sparse;
  private final boolean compress;
  private final boolean targetIsZero;
  private final ProgressListener listener;

  private Conversion(
      Source source,
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

  /** Returns a conversion of a disk, which is only read and stays open. */
  public static Conversion from(BlockDevice source) {
    return of(new DeviceSource(Objects.requireNonNull(source)));
  }

  /**
   * Returns a conversion of an image that is read in one pass. It stays open, and the conversion
   * can be run once. The target cannot be an image with a backing file.
   *
   * <p>A new image is made only once the end of the source was seen to be intact.
   *
   * @param source from {@link DiskImages#input}, of which nothing has been read
   */
  public static Conversion from(ImageInput source) {
    return of(new InputSource(Objects.requireNonNull(source)));
  }

  private static Conversion of(Source source) {
    return new Conversion(
        source, null, Crew.defaultSize(), DEFAULT_SPARSE, false, false, ProgressListener.NONE);
  }

  /**
   * Returns this conversion with a new image as its target. The file appears under its name only
   * when it is complete and durable; if the conversion fails or is interrupted, files that were
   * there before are unchanged.
   *
   * <p>If the options name a backing file and allow opening it, only clusters in which the source
   * differs from it are written.
   *
   * @param path where no file is, unless {@link CreateOptions#replaceExisting()} was called
   * @param options the options of the new image; their size is ignored, and the source's is used
   */
  public Conversion to(Path path, CreateOptions options) {
    Objects.requireNonNull(path);
    Objects.requireNonNull(options);
    return with(conversion -> {
      CreateOptions sized = options.size(conversion.source.size());
      if (DiskImages.needsOnePass(sized)) {
        DiskImages.createInOnePass(path, sized, conversion::copy);
      } else {
        DiskImages.create(
            path, sized, image -> conversion.copy(image, image.backing().orElse(null), true));
      }
    });
  }

  /**
   * Returns this conversion with a channel as its target, to which a new image is written in one
   * pass, from its first byte to its last: an upload, a pipe. The workers encode in parallel. The
   * channel stays open. If the conversion fails, what was written is incomplete, and whoever reads
   * it finds that out. An interrupt ends the conversion once no worker waits for the channel any
   * more; to close the channel ends that wait.
   *
   * @param channel in blocking mode
   * @param options the options of the new image; their size is ignored, and the source's is used
   */
  public Conversion to(WritableByteChannel channel, CreateOptions options) {
    Objects.requireNonNull(channel);
    Objects.requireNonNull(options);
    return with(conversion -> {
      try (ImageOutput output =
          DiskImages.output(
              channel,
              "the new " + options.format() + " image",
              options.size(conversion.source.size()))) {
        conversion.copy(output);
        output.finish();
      }
    });
  }

  /**
   * Returns this conversion with a disk to write over. All bytes of the source are copied, zeroes
   * too; the part of the disk beyond the source's size is left alone. The disk is flushed and stays
   * open. If the conversion fails, part of it may be written.
   *
   * @param device the disk to write over
   * @throws IllegalArgumentException if the disk is not writable, is smaller than the source, or is
   *     the source
   */
  public Conversion into(BlockDevice device) {
    if (!device.isWritable()) {
      throw new IllegalArgumentException("not opened for writing: " + device);
    }
    if (source.is(device)) {
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
   * Returns this conversion with {@code count} worker threads; by default the number of processors,
   * at most 8. Each has a buffer of 2 MiB, or more to hold whole runs of {@link #sparse} or whole
   * clusters, and a second one if there is a backing file. Fewer threads run if the buffers would
   * take more than a quarter of the JVM's maximum memory, or more than 64 MiB.
   *
   * @throws IllegalArgumentException if {@code count} is less than 1
   */
  public Conversion workers(int count) {
    return new Conversion(
        source, target, Crew.checkSize(count), sparse, compress, targetIsZero, listener);
  }

  /**
   * Returns this conversion with another length for the search for zeroes in the source's data:
   * {@code bytes} zero bytes, at an offset that is a multiple of that length, become a hole or
   * recorded zeroes of the target, for which a new image needs no space. By default 4096.
   *
   * @param bytes a multiple of 512, at most 16 MiB; or 0 to write every byte of the source, so that
   *     a new image is fully allocated
   * @throws IllegalArgumentException if {@code bytes} is none of these
   */
  public Conversion sparse(int bytes) {
    if (bytes < 0 || bytes > MAX_SPARSE || bytes % SECTOR != 0) {
      throw new IllegalArgumentException(
          "must be a multiple of " + SECTOR + " from 0 to " + MAX_SPARSE + ": " + bytes);
    }
    return new Conversion(source, target, workers, bytes, compress, targetIsZero, listener);
  }

  /**
   * Returns this conversion with compression, in whole clusters by the target's own method; the
   * workers compress in parallel. Clusters that hold only zeroes are never stored, and {@link
   * #sparse} is ignored.
   */
  public Conversion compress() {
    return new Conversion(source, target, workers, sparse, true, targetIsZero, listener);
  }

  /**
   * Returns this conversion under the assumption that the disk to write over reads as zeroes, so
   * that zeroes of the source need not be written. If it does not, the result is not a copy. New
   * images always do.
   */
  public Conversion targetIsZero() {
    return new Conversion(source, target, workers, sparse, compress, true, listener);
  }

  /**
   * Returns this conversion of some ranges of the disk alone, as an incremental backup copies them:
   * the target is not touched elsewhere. Its disk has the source's size, or more, all the same.
   *
   * @param ranges what to copy, for example {@link io.diskformat.DiskImage#dirtyRanges}; it is gone
   *     over once, so that the conversion can be run once
   * @throws IllegalArgumentException if the source is read in one pass
   */
  public Conversion only(DirtyCursor ranges) {
    if (!(source instanceof DeviceSource device)) {
      throw new IllegalArgumentException("what is read in one pass is copied as a whole");
    }
    return new Conversion(
        new DirtySource(device.device(), Objects.requireNonNull(ranges)),
        target,
        workers,
        sparse,
        compress,
        targetIsZero,
        listener);
  }

  /**
   * Returns this conversion with a listener for its progress, in bytes of the source, skipped or
   * copied.
   */
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
   * @throws IllegalArgumentException if the format of the new image does not have an option, or its
   *     value is invalid
   * @throws java.nio.file.FileAlreadyExistsException if the file exists and is not to be replaced
   * @throws io.diskformat.UnrecognizedFormatException if the new image's format is not installed
   * @throws io.diskformat.UnsupportedFeatureException if such an image cannot be created, or cannot
   *     be compressed
   * @throws io.diskformat.ReferenceDeniedException if the new image names a file that the options
   *     do not allow
   * @throws io.diskformat.ImageLockedException if the file to be replaced is in use
   * @throws java.io.InterruptedIOException if the calling thread is interrupted before the copy is
   *     complete; its flag is set again, and source and target stay open
   * @throws io.diskformat.DiskFormatException if the source's tables are corrupt
   * @throws IOException if the source cannot be read or the target cannot be written
   */
  public void run() throws IOException {
    if (target == null) {
      throw new IllegalStateException("no target: call to() or into() first");
    }
    try (Span span = Events.conversion(source.name(), source.size())) {
      target.fill(this);
      span.succeeded();
    }
  }

  private void copy(BlockDevice device, @Nullable BlockDevice below, boolean fresh)
      throws IOException {
    Progress progress = new Progress(listener, source.size());
    if (source instanceof DirtySource) {
      if (compress) {
        throw new IllegalArgumentException("ranges of a disk are not compressed");
      }
      copyBytes(device, fresh && below == null, progress);
    } else if (compress || below != null) {
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
    Source.Pass pass = source.pass(unit, sparse == 0 ? unit : WindowCursor.ZEROES, workers);
    Crew.run(
        workers,
        unit + source.held(unit),
        "convert",
        arena -> new CopyStep(pass.feed(), device, fresh, sparse, unit, progress, arena));
  }

  /** Copies to an image that is written in one pass. */
  private void copy(ImageOutput output) throws IOException {
    boolean all = sparse == 0 && !compress;
    long unit = Math.ceilDiv(WindowCursor.UNIT, output.unitSize()) * (long) output.unitSize();
    Progress progress = new Progress(listener, source.size());
    Source.Pass pass = source.pass(unit, all ? unit : WindowCursor.ZEROES, workers);
    Turns turns = new Turns();
    Crew.run(
        workers,
        2 * unit + source.held(unit),
        "convert",
        arena -> new OutputStep(pass.feed(), output, all, unit, turns, progress, arena));
    progress.finish();
  }

  private void copyClusters(
      DiskImage image, @Nullable BlockDevice below, Shown shown, Progress progress)
      throws IOException {
    if (compress) {
      // A format without compression throws even if there is nothing to compress.
      image.writeCompressed(0, MemorySegment.NULL);
    }
    long cluster = image.info().clusterSize().orElse(DEFAULT_CLUSTER);
    long unit = Math.ceilDiv(WindowCursor.UNIT, cluster) * cluster;
    if (below != null && source.isInOnePass()) {
      throw new IllegalArgumentException(
          image + ": has a backing file, with which what is read in one pass cannot be compared");
    }
    Source.Pass pass = source.pass(unit, WindowCursor.ZEROES, workers);
    WindowPairs shared = below == null ? null : new WindowPairs(pass.feed(), windows(below, unit));
    // A cluster is compressed as a whole.
    long buffer = compress || cluster <= WindowCursor.UNIT ? unit : WindowCursor.UNIT;
    Crew.run(
        workers,
        (below == null ? buffer : 2 * buffer) + source.held(unit),
        "convert",
        arena -> {
          Feed feed = pass.feed();
          WindowPairs pairs = shared == null ? new WindowPairs(feed, null) : shared;
          return new ClusterStep(
              feed, image, shown, below, compress, cluster, buffer, pairs, progress, arena);
        });
  }

  private WindowQueue windows(BlockDevice device, long unit) throws IOException {
    WindowCursor cursor = new WindowCursor(device, source.size(), unit, WindowCursor.ZEROES);
    return new WindowQueue(device, cursor, workers);
  }

  /**
   * Returns the unit of the windows, in bytes: a multiple of the length of the search for zeroes,
   * so that no run crosses two windows.
   */
  private int unit() {
    return sparse == 0 ? WindowCursor.UNIT : Math.ceilDiv(WindowCursor.UNIT, sparse) * sparse;
  }
}
