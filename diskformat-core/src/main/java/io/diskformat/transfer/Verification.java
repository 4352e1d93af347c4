package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.ImageInput;
import io.diskformat.Limits;
import io.diskformat.ProgressListener;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Verifies a disk by its {@link Manifest}: finds the blocks of 64 KiB that are no longer as they
 * were. A damaged range that cannot be read is one more difference, and the rest is verified.
 *
 * <pre>{@code
 * Verification.Report report = Verification.by(Manifest.open(path)).run(image);
 * for (Difference difference : report.differences()) {
 *   System.out.println(difference + " is in " + Places.of(image, difference, 10));
 * }
 * }</pre>
 *
 * <p>Immutable: each method that changes a setting returns a new object.
 */
public final class Verification {
  /** The default for the most differences that a report lists. */
  private static final int MOST_LISTED = 10_000;

  /**
   * The result of a verification.
   *
   * @param differences in ascending order; adjacent ones of a kind are one
   * @param bytes the number of bytes in the listed differences
   * @param isComplete whether these are all
   */
  public record Report(List<Difference> differences, long bytes, boolean isComplete) {
    /** Copies the list. */
    public Report {
      differences = List.copyOf(differences);
    }

    /** Returns whether the disk matches the manifest. */
    public boolean isIntact() {
      return differences.isEmpty();
    }
  }

  private final Manifest manifest;
  private final int workers;
  private final int most;
  private final Limits limits;
  private final ProgressListener listener;

  private Verification(
      Manifest manifest, int workers, int most, Limits limits, ProgressListener listener) {
    this.manifest = manifest;
    this.workers = workers;
    this.most = most;
    this.limits = limits;
    this.listener = listener;
  }

  /** Returns a verification by a manifest. */
  public static Verification by(Manifest manifest) {
    return new Verification(
        Objects.requireNonNull(manifest),
        Crew.defaultSize(),
        MOST_LISTED,
        Limits.none(),
        ProgressListener.NONE);
  }

  /**
   * Returns this verification with {@code count} worker threads; by default the number of
   * processors, at most 8. Each has a buffer of 2 MiB. Fewer threads run if the buffers would take
   * more than a quarter of the JVM's maximum memory, or more than 64 MiB.
   *
   * @throws IllegalArgumentException if {@code count} is less than 1
   */
  public Verification workers(int count) {
    return new Verification(manifest, Crew.checkSize(count), most, limits, listener);
  }

  /**
   * Returns this verification with another number of differences after which it ends; by default
   * 10,000.
   *
   * @throws IllegalArgumentException if {@code count} is less than 1
   */
  public Verification most(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("at least one difference must be listed: " + count);
    }
    return new Verification(manifest, workers, count, limits, listener);
  }

  /**
   * Returns this verification with a listener for its progress, in bytes of the disk, skipped or
   * read.
   */
  public Verification progress(ProgressListener progressListener) {
    return new Verification(
        manifest, workers, most, limits, Objects.requireNonNull(progressListener));
  }

  /**
   * Returns this verification with limits: for the size of the disk, which is refused before it
   * begins, and for the time: once the deadline has passed, workers end with what each has in its
   * buffer, and a {@link io.diskformat.LimitExceededException} is thrown.
   */
  public Verification limits(Limits newLimits) {
    return new Verification(manifest, workers, most, Objects.requireNonNull(newLimits), listener);
  }

  /**
   * Verifies a disk, which stays open: an image, or a whole chain.
   *
   * @throws io.diskformat.LimitExceededException if the disk is larger than {@link #limits} allow,
   *     or the deadline passes
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again
   * @throws io.diskformat.CorruptImageException if the manifest is not as it was written, or the
   *     tables of the disk do not say where its bytes are
   * @throws IOException if the manifest cannot be read
   */
  public Report run(BlockDevice device) throws IOException {
    return run(new DeviceSource(device));
  }

  /**
   * Verifies an image that is read in one pass, to its end. It can be used only once.
   *
   * @throws io.diskformat.LimitExceededException if the disk is larger than {@link #limits} allow,
   *     or the deadline passes
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again
   * @throws io.diskformat.UnsupportedFeatureException if its data does not come in the order of the
   *     disk, in which a manifest is
   * @throws io.diskformat.DiskFormatException if the manifest is not as it was written, or the
   *     image is cut short or corrupt
   * @throws IOException if the manifest or the image cannot be read
   */
  public Report run(ImageInput input) throws IOException {
    return run(new InputSource(input));
  }

  /**
   * Verifies the bytes of a disk as they come out of a channel, up to its end or, if there are more
   * than the disk should have, to the first of these. The channel stays open.
   *
   * @param name of the channel in messages
   * @throws io.diskformat.LimitExceededException if the disk is larger than {@link #limits} allow,
   *     or the deadline passes
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again
   * @throws io.diskformat.CorruptImageException if the manifest is not as it was written
   * @throws IOException if the manifest or the channel cannot be read
   */
  public Report run(ReadableByteChannel channel, String name) throws IOException {
    return run(new ChannelSource(channel, name, manifest.size()));
  }

  private Report run(Source source) throws IOException {
    limits.checkDisk(source.name(), source.size());
    List<Difference> found = new ArrayList<>();
    boolean[] cut = {false};
    DifferenceMerger merger =
        new DifferenceMerger(difference -> {
          boolean room = found.size() < most;
          if (room) {
            found.add(difference);
          }
          cut[0] = !room;
          return room;
        });
    try (ManifestReader reader = manifest.read()) {
      Progress progress = new Progress(listener, source.size());
      VerifyStep.Expected expected = new VerifyStep.Expected(reader);
      InOrder<List<Difference>> order = new InOrder<>(workers, merger);
      Source.Pass pass =
          source.pass(
              new Source.Walk(
                  WindowCursor.UNIT, WindowCursor.ZEROES, workers, true, Source.Growth.NONE));
      Crew.run(
          workers,
          WindowCursor.UNIT + source.held(WindowCursor.UNIT),
          "verify",
          new Deadline(source.name(), limits),
          _ -> new VerifyStep(pass.feed(), expected, order, progress));
      progress.finish();
      long one = reader.header().size();
      long other = source.size();
      if (one != other) {
        long start = Math.min(one, other) / BlockDigests.BLOCK * BlockDigests.BLOCK;
        merger.add(
            new Difference(
                start, Math.max(one, other) - start, Difference.Kind.SIZE, Optional.empty()));
      }
    }
    merger.finish();
    return new Report(found, found.stream().mapToLong(Difference::length).sum(), !cut[0]);
  }
}
