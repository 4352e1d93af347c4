package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.ImageOutput;
import io.diskformat.Limits;
import io.diskformat.ProgressListener;
import io.diskformat.event.Events;
import io.diskformat.event.Span;
import java.io.IOException;
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

  /** The largest value of {@link #sparse}, in bytes. */
  private static final int MAX_SPARSE = 16 << 20;

  /** The target of the copy. */
  @FunctionalInterface
  private interface Target {
    void fill(CopyJob job) throws IOException;
  }

  private final Source source;
  private final @Nullable Target target;
  private final CopySettings settings;

  private Conversion(Source source, @Nullable Target target, CopySettings settings) {
    this.source = source;
    this.target = target;
    this.settings = settings;
  }

  /** Returns a conversion of a disk, which is only read and stays open. */
  public static Conversion from(BlockDevice source) {
    return of(new DeviceSource(Objects.requireNonNull(source)));
  }

  /**
   * Returns a conversion of an image that is read in one pass. It stays open, and the conversion
   * can be run once. The target cannot be an image with a backing file. Where the source's data
   * does not come in the order of the disk, it can be written to a file or a disk, and not to a
   * channel.
   *
   * <p>A new image is made only once the end of the source was seen to be intact.
   *
   * @param source from {@link DiskImages#input}, of which nothing has been read
   */
  public static Conversion from(ImageInput source) {
    return of(new InputSource(Objects.requireNonNull(source)));
  }

  private static Conversion of(Source source) {
    return new Conversion(source, null, CopySettings.DEFAULT);
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
    return with(job -> {
      CreateOptions sized = options.size(job.firstSize());
      if (DiskImages.needsOnePass(sized)) {
        DiskImages.createInOnePass(path, sized, job::copy);
      } else {
        DiskImages.create(path, sized, image -> job.copyToNew(image, image.backing().orElse(null)));
      }
    });
  }

  /**
   * Returns this conversion with a channel as its target, to which a new image is written in one
   * pass, from its first byte to its last: an upload, a pipe. An image whose tables come before its
   * data (qcow2, and VDI unless it is a fixed one) takes two passes over the source, which so can
   * be no stream, and must not change meanwhile. The workers encode in parallel. The channel stays
   * open. If the conversion fails, what was written is incomplete, and whoever reads it finds that
   * out. If it is ended while a worker waits for the channel, a thread is left that ends once the
   * channel goes on or is closed, and writes nothing more.
   *
   * @param channel in blocking mode
   * @param options the options of the new image; their size is ignored, and the source's is used
   */
  public Conversion to(WritableByteChannel channel, CreateOptions options) {
    Objects.requireNonNull(channel);
    Objects.requireNonNull(options);
    return with(job -> {
      try (ImageOutput output =
          DiskImages.output(
              new AwaitedChannel(channel),
              "the new " + options.format() + " image",
              options.size(job.knownSize()),
              job.compresses())) {
        job.copy(output);
        job.finish(output);
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
    return with(job -> {
      job.copyOver(device);
      device.flush();
    });
  }

  private Conversion with(CopySettings changed) {
    return new Conversion(source, target, changed);
  }

  private Conversion with(Target newTarget) {
    return new Conversion(source, newTarget, settings);
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
    return with(settings.workers(Crew.checkSize(count)));
  }

  /**
   * Returns this conversion with another length for the search for zeroes in the source's data:
   * {@code bytes} zero bytes, at an offset that is a multiple of that length, become a hole or
   * recorded zeroes of the target, for which a new image needs no space. By default 4096. Over a
   * backing file, whole clusters are looked at instead, whatever this says: those that hold what
   * the backing file does are left to it, and those of zeroes are recorded as such.
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
    return with(settings.sparse(bytes));
  }

  /**
   * Returns this conversion with compression, in whole clusters by the target's own method; the
   * workers compress in parallel. Clusters that hold only zeroes are never stored, and {@link
   * #sparse} is ignored.
   */
  public Conversion compress() {
    return with(settings.compressed());
  }

  /**
   * Returns this conversion by means of the host, as far as source and target store the bytes as
   * they are: raw images, parts of these, flat extents of VMDK, clusters, blocks and grains that
   * are neither compressed nor encrypted, a qcow2 image's data file. Such bytes do not pass through
   * this process, and within one file system they may be shared and take no time; of a target with
   * units, they go to whole ones. There is then no search for zeroes in the source's data, only its
   * holes are kept. All else is copied as usual. Where the source is hashed or read at a limited
   * rate, what is written is compressed, or the target has a backing file, this changes nothing.
   */
  public Conversion offload() {
    return with(settings.offloaded());
  }

  /**
   * Returns this conversion under the assumption that the disk to write over reads as zeroes, so
   * that zeroes of the source need not be written. If it does not, the result is not a copy. New
   * images always do.
   */
  public Conversion targetIsZero() {
    return with(settings.overZeroes());
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
        new DirtySource(device.device(), Objects.requireNonNull(ranges)), target, settings);
  }

  /**
   * Returns this conversion with a listener for its progress, in bytes of the source, skipped or
   * copied; as many are reported in all as are done, while the source's size is not known. What the
   * listener throws ends the conversion, and is thrown by {@link #run}: so a listener cancels it.
   * Workers then end with the 2 MiB or the cluster that each is at; one that waits for a stream
   * meanwhile is left to itself, reads nothing of it that anybody sees, and ends with it.
   */
  public Conversion progress(ProgressListener progressListener) {
    return with(settings.progress(Objects.requireNonNull(progressListener)));
  }

  /**
   * Returns this conversion with a limit for how fast it reads data of the source; what is known to
   * be zero takes no time.
   *
   * @param bytesPerSecond for all workers together
   * @throws IllegalArgumentException if that is not positive
   */
  public Conversion rate(long bytesPerSecond) {
    if (bytesPerSecond < 1) {
      throw new IllegalArgumentException("no rate: " + bytesPerSecond);
    }
    return with(settings.rate(bytesPerSecond));
  }

  /**
   * Returns this conversion with a limit for the size of the disk. A larger one is refused before
   * anything is written, or, if only its end says how large it is, once it has become too large.
   *
   * @param bytes the largest size, in bytes
   * @throws IllegalArgumentException if that is negative
   */
  public Conversion largestDisk(long bytes) {
    return with(settings.limits(settings.limits().largestDisk(bytes)));
  }

  /**
   * Returns this conversion with limits: for the size of the disk, as {@link #largestDisk} sets it,
   * and for the time. Once the deadline has passed, workers end with what each has in its buffer,
   * and {@link #run} throws a {@link io.diskformat.LimitExceededException}; what is left is as
   * after an interrupt.
   */
  public Conversion limits(Limits newLimits) {
    return with(settings.limits(Objects.requireNonNull(newLimits)));
  }

  /**
   * Runs the conversion, and computes the checksum of the source while it is read, so that it need
   * not be read once more. Only where a conversion does not read the source once and in the order
   * of the disk (it is a stream whose data comes out of order, or the new image has a backing file)
   * is the checksum computed afterwards, of the target or of the source.
   *
   * @param hash how to compute it; its workers and its listener count only for what is computed
   *     afterwards
   * @return the checksum of all of the source's disk
   * @throws IllegalArgumentException if only ranges are copied, or in the cases of {@link #run}
   * @throws IOException in the cases of {@link #run}
   */
  public ContentHash.Result runAndHash(ContentHash hash) throws IOException {
    if (source instanceof DirtySource) {
      throw new IllegalArgumentException("ranges of a disk are not hashed");
    }
    SourceHash sourceHash = new SourceHash(hash.limits(settings.limits()));
    run(sourceHash);
    return sourceHash.result();
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
   * @throws io.diskformat.LimitExceededException if the disk is larger than {@link #limits} allow,
   *     or the deadline passes before the copy is complete
   * @throws java.io.InterruptedIOException if the calling thread is interrupted before the copy is
   *     complete; its flag is set again, and source and target stay open
   * @throws io.diskformat.DiskFormatException if the source's tables are corrupt
   * @throws IOException if the source cannot be read or the target cannot be written
   */
  public void run() throws IOException {
    run(null);
  }

  private void run(@Nullable SourceHash hash) throws IOException {
    if (target == null) {
      throw new IllegalStateException("no target: call to() or into() first");
    }
    CopyJob job = new CopyJob(source, settings, hash);
    job.checkSize(source.size());
    try (Span span = Events.conversion(source.name(), source.size())) {
      target.fill(job);
      span.succeeded();
    }
  }
}
