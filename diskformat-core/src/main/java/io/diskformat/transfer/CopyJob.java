package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.ImageOutput;
import io.diskformat.LimitExceededException;
import io.diskformat.ProgressListener;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.PlainBytes;
import io.diskformat.device.PlainTarget;
import io.diskformat.transfer.ClusterStep.Shown;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** One run of a conversion: a disk that is copied to a target of any kind. */
final class CopyJob {
  /** The unit for targets of a format without clusters, in bytes. */
  private static final long DEFAULT_CLUSTER = 64 << 10;

  private final Source source;
  private final CopySettings settings;
  private final @Nullable Pace pace;
  private final @Nullable SourceHash hash;
  private final Deadline deadline;

  /**
   * Creates a job.
   *
   * @param hash receives the checksum of the source, or null if nobody wants it
   */
  CopyJob(Source source, CopySettings settings, @Nullable SourceHash hash) {
    this.source = source;
    this.settings = settings;
    this.pace = settings.rate() == 0 ? null : new Pace(settings.rate());
    this.hash = hash;
    this.deadline = new Deadline(source.name(), settings.limits());
  }

  /**
   * Checks the size of the source against the limit, as far as it is known.
   *
   * @throws LimitExceededException if it is
   */
  void checkSize(long size) throws LimitExceededException {
    settings.limits().checkDisk(source.name(), size);
  }

  /** Returns the size of a new image before anything is copied to it, in bytes. */
  long firstSize() {
    return source.size() < 0 ? GrowingTarget.FIRST : source.size();
  }

  /**
   * Returns the size of the source, in bytes.
   *
   * @throws UnsupportedFeatureException if it is not known before its end
   */
  long knownSize() throws UnsupportedFeatureException {
    if (source.size() < 0) {
      throw new UnsupportedFeatureException(
          source.name(),
          "reading a disk from a stream whose size is not known before its end, to an image that is"
              + " itself written to a stream");
    }
    return source.size();
  }

  /**
   * Copies to a new image.
   *
   * @param image of {@link #firstSize}
   * @param below what it is a difference to, if anything
   */
  void copyToNew(DiskImage image, @Nullable BlockDevice below) throws IOException {
    GrowingTarget growing = source.size() < 0 ? new GrowingTarget(image) : null;
    copy(image, below, true, growing == null ? Source.Growth.NONE : growing::reach);
    if (growing != null) {
      image.resize(source.size());
    }
  }

  /** Copies over a disk. */
  void copyOver(BlockDevice device) throws IOException {
    copy(
        device,
        null,
        settings.targetIsZero(),
        end -> {
          if (end > device.size()) {
            throw new IllegalArgumentException(
                device + ": has " + device.size() + " bytes, but the source has more");
          }
        });
  }

  private void copy(
      BlockDevice device, @Nullable BlockDevice below, boolean fresh, Source.Growth growth)
      throws IOException {
    checkSize(source.size());
    Source.Growth limited = source.size() < 0 ? growth.after(this::checkSize) : growth;
    Progress progress = new Progress(settings.listener(), source.size());
    if (settings.offload()
        && !settings.compress()
        && hash == null
        && pace == null
        && below == null
        && source instanceof DeviceSource(BlockDevice disk)
        && disk instanceof PlainBytes from
        && device instanceof PlainTarget to) {
      offload(from, to, fresh, progress);
      progress.finish();
      return;
    }
    boolean clusters = settings.compress() || below != null;
    if (source instanceof DirtySource && settings.compress()) {
      throw new IllegalArgumentException("ranges of a disk are not compressed");
    }
    if (source instanceof DirtySource || !clusters) {
      copyBytes(device, fresh && below == null, progress, limited);
    } else {
      if (!(device instanceof DiskImage image)) {
        throw new IllegalArgumentException("no image that could be compressed: " + device);
      }
      Shown shown = below != null ? Shown.BELOW : fresh ? Shown.ZEROES : Shown.UNKNOWN;
      copyClusters(image, below, shown, progress, limited);
    }
    if (hash != null) {
      hash.finish(source, device);
    }
    progress.finish();
  }

  private void copyBytes(BlockDevice device, boolean fresh, Progress progress, Source.Growth growth)
      throws IOException {
    int unit = unit();
    boolean scattered = !source.isOrdered();
    if (scattered) {
      writeZeroes(device, fresh);
    }
    int sparse = settings.sparse();
    Source.Pass pass = pass(walk(unit, sparse == 0, false, growth), !scattered);
    Crew.run(
        settings.workers(),
        unit + held(unit),
        "convert",
        deadline,
        arena -> {
          Feed feed = pass.feed();
          return releasing(
              feed,
              new CopyStep(
                  feed, device, fresh || scattered, sparse, scattered, unit, progress, arena));
        });
  }

  /** Copies by the host's own means, what is stored as it is on both sides. */
  private void offload(PlainBytes from, PlainTarget to, boolean fresh, Progress progress)
      throws IOException {
    Source.Pass pass = source.pass(walk(WindowCursor.UNIT, false, false, Source.Growth.NONE));
    Crew.run(
        settings.workers(),
        WindowCursor.UNIT,
        "convert",
        deadline,
        arena -> new OffloadStep(pass.feed(), from, to, fresh, progress, arena));
  }

  /** Writes zeroes to the whole target, for a source that delivers only its data. */
  private void writeZeroes(BlockDevice device, boolean fresh) throws IOException {
    long size = source.size();
    if (settings.sparse() != 0) {
      if (!fresh) {
        alone(() -> Zeroes.write(device, 0, size));
      }
      return;
    }
    alone(() -> {
      try (Arena arena = Arena.ofShared()) {
        MemorySegment zeroes = arena.allocate(WindowCursor.UNIT);
        for (long at = 0; at < size; at += zeroes.byteSize()) {
          Crew.checkGoesOn();
          device.write(at, zeroes.asSlice(0, Math.min(zeroes.byteSize(), size - at)));
        }
      }
    });
  }

  /** A part of the job that cannot be shared. */
  @FunctionalInterface
  private interface Task {
    void run() throws IOException;
  }

  /** Has a worker do something alone, so that it can be ended as all else. */
  private void alone(Task task) throws IOException {
    Crew.run(
        1,
        0,
        "convert",
        deadline,
        _ ->
            () -> {
              task.run();
              return false;
            });
  }

  /** Returns whether the target is to be compressed where its format leaves the choice. */
  boolean compresses() {
    return settings.compress();
  }

  /**
   * Copies to an image that is written in one pass: in two passes over the source, if the image has
   * to know before what it will hold.
   */
  void copy(ImageOutput output) throws IOException {
    checkSize(source.size());
    Progress progress = new Progress(settings.listener(), source.size());
    if (output.foresight() != ImageOutput.Foresight.NOTHING) {
      if (source.isInOnePass()) {
        throw new UnsupportedFeatureException(
            source.name(),
            "reading a disk from a stream to an image that is itself written to a stream, and whose"
                + " tables come before its data");
      }
      announce(output);
    }
    pass(output, UnitSink.writing(output), true, progress);
    if (hash != null) {
      hash.finish(source, null);
    }
    progress.finish();
  }

  /** Finishes an image that is written in one pass. */
  void finish(ImageOutput output) throws IOException {
    alone(output::finish);
  }

  private void announce(ImageOutput output) throws IOException {
    if (settings.copiesAll() && output.foresight() == ImageOutput.Foresight.PLACES) {
      alone(() -> announceAll(output));
      return;
    }
    // Nothing is done yet, but the listener may end it.
    ProgressListener listener = settings.listener();
    ProgressListener none = (_, _) -> listener.progress(0, source.size());
    pass(output, UnitSink.announcing(output), false, new Progress(none, source.size()));
  }

  private void announceAll(ImageOutput output) throws IOException {
    int unit = output.unitSize();
    for (long at = 0; at < source.size(); at += unit) {
      if ((at & WindowCursor.ZEROES - 1) == 0) {
        Crew.checkGoesOn();
      }
      output.announce(at, unit);
    }
  }

  private void pass(ImageOutput output, UnitSink sink, boolean hashed, Progress progress)
      throws IOException {
    boolean all = settings.copiesAll();
    long unit = Math.ceilDiv(WindowCursor.UNIT, output.unitSize()) * (long) output.unitSize();
    Source.Pass pass = pass(walk(unit, all, true, Source.Growth.NONE), hashed);
    Turns turns = new Turns();
    Crew.run(
        settings.workers(),
        2 * unit + held(unit),
        "convert",
        deadline,
        arena -> {
          Feed feed = pass.feed();
          int unitSize = output.unitSize();
          return releasing(
              feed, new OutputStep(feed, sink, unitSize, all, unit, turns, progress, arena));
        });
  }

  private void copyClusters(
      DiskImage image,
      @Nullable BlockDevice below,
      Shown shown,
      Progress progress,
      Source.Growth growth)
      throws IOException {
    boolean compress = settings.compress();
    if (compress) {
      // A format without compression must throw even if there is nothing to compress.
      image.writeCompressed(0, MemorySegment.NULL);
    }
    long cluster = image.info().clusterSize().orElse(DEFAULT_CLUSTER);
    long unit = Math.ceilDiv(WindowCursor.UNIT, cluster) * cluster;
    if (below != null && source.isInOnePass()) {
      throw new IllegalArgumentException(
          image + ": has a backing file, with which what is read in one pass cannot be compared");
    }
    if (!source.isOrdered() && shown == Shown.UNKNOWN) {
      alone(() -> Zeroes.write(image, 0, source.size()));
    }
    boolean hashed = below == null && source.isOrdered();
    Source.Pass pass = pass(walk(unit, false, false, growth), hashed);
    WindowPairs shared = below == null ? null : new WindowPairs(pass.feed(), windows(below, unit));
    // A cluster is compressed as a whole.
    long buffer = compress || cluster <= WindowCursor.UNIT ? unit : WindowCursor.UNIT;
    Crew.run(
        settings.workers(),
        (below == null ? buffer : 2 * buffer) + held(unit),
        "convert",
        deadline,
        arena -> {
          Feed feed = pass.feed();
          WindowPairs pairs = shared == null ? new WindowPairs(feed, null) : shared;
          return releasing(
              feed,
              new ClusterStep(
                  feed, image, shown, below, compress, cluster, buffer, pairs, progress, arena));
        });
  }

  private Source.Walk walk(long unit, boolean all, boolean inOrder, Source.Growth growth) {
    long zeroes = all ? unit : WindowCursor.ZEROES;
    return new Source.Walk(unit, zeroes, settings.workers(), inOrder, growth);
  }

  /**
   * Begins to go through the source.
   *
   * @param hashed whether windows ascend and each is taken once, so that they may be hashed
   */
  private Source.Pass pass(Source.Walk walk, boolean hashed) throws IOException {
    Source.Pass pass = source.pass(walk);
    Pace limit = pace;
    Source.Pass paced = limit == null ? pass : () -> limit.of(pass.feed());
    return hash == null || !hashed || source instanceof DirtySource ? paced : hash.of(paced, walk);
  }

  /** Returns how many bytes a worker holds apart from its buffer for the window. */
  private long held(long unit) {
    return source.held(unit) + (hash == null ? 0 : unit);
  }

  private static Crew.Step releasing(Feed feed, Crew.Step step) {
    return () -> {
      try {
        return step.run();
      } finally {
        feed.release();
      }
    };
  }

  private WindowQueue windows(BlockDevice device, long unit) throws IOException {
    WindowCursor cursor = new WindowCursor(device, source.size(), unit, WindowCursor.ZEROES);
    return new WindowQueue(device, cursor, settings.workers());
  }

  /**
   * Returns the unit of the windows, in bytes: a multiple of the length of the search for zeroes,
   * so that no run crosses two windows; or else of the blocks that are hashed.
   */
  private int unit() {
    int sparse = settings.sparse();
    int multiple =
        sparse == 0 || (hash != null && sparse % BlockDigests.BLOCK != 0)
            ? BlockDigests.BLOCK
            : sparse;
    return Math.ceilDiv(WindowCursor.UNIT, multiple) * multiple;
  }
}
