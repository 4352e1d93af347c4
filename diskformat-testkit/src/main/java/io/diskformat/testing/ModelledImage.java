package io.diskformat.testing;

import static java.util.Objects.requireNonNull;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.CachedStorage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A random sequence of operations on a random image, beside a plain array of bytes. Crashes are
 * among the operations: then each sector holds what it held at the last flush, or what was written
 * since.
 *
 * <p>A subclass creates the image, and allows the operations of its format in its constructor.
 */
public abstract class ModelledImage {
  private static final int SECTOR = 512;

  private final Random random;
  private final FormatUnderTest format;
  private final Path file;
  private final StringBuilder story = new StringBuilder();
  private int clusterSize;
  private boolean compresses;
  private boolean qemuReads = true;
  private @Nullable String passphrase;
  private boolean crashes = true;
  private boolean cutsDataFile;
  private int largest;
  private boolean compacts;
  private @Nullable ModelledBelow below;

  /** What a reader must see. */
  private byte[] model = new byte[0];

  private final SectorHistory sinceFlush = new SectorHistory();
  private @Nullable FaultyStorage storage;
  private int opened;
  private @Nullable DiskImage disk;

  /**
   * Creates a sequence.
   *
   * @param format of the image
   * @param file where the image is created, beside files that it may need
   * @param random decides everything
   */
  protected ModelledImage(FormatUnderTest format, Path file, Random random) {
    this.format = format;
    this.file = file;
    this.random = random;
  }

  /**
   * Creates the image in its file.
   *
   * @return what its disk holds
   */
  protected abstract byte[] create(Random random, Path file) throws IOException;

  /** Adds compressed writes of whole clusters of a size in bytes. */
  protected final void compressing(int size) {
    clusterSize = size;
    compresses = true;
  }

  /** Makes {@link #run} leave out qemu-img, which does not read such images. */
  protected final void unknownToQemu() {
    qemuReads = false;
  }

  /** Makes {@link #run} give qemu-img a passphrase, for images that are encrypted. */
  protected final void encrypted(String passphrase) {
    this.passphrase = passphrase;
  }

  /** Leaves out crashes: for images in which one sector of the disk is parts of two of the file. */
  protected final void withoutCrashes() {
    crashes = false;
  }

  /**
   * Leaves out crashes within a resize that makes the disk smaller, and within a compaction: for
   * images with a data file, which is cut or gets holes, too, and does not come back in a crash
   * that only the image's own file has.
   */
  protected final void withDataFile() {
    cutsDataFile = true;
  }

  /** Adds resizes, up to a size in bytes. */
  protected final void resizing(int mostBytes) {
    largest = mostBytes;
  }

  /** Adds compactions. */
  protected final void compacting() {
    compacts = true;
  }

  /** Adds commits to an image whose disk holds {@code content}. */
  protected final void committing(Path file, byte[] content) {
    below = new ModelledBelow(format, file, content);
  }

  /** Adds to what a failure reports. */
  protected final void note(String what) {
    story.append(what).append(' ');
  }

  private DiskImage open(OpenOptions options) throws IOException {
    return DiskImages.open(opened(), options);
  }

  /** Returns the storage, which every other time serves tables from few and small pages. */
  private Storage opened() {
    Storage unmapped = new NamedStorage(storage(), file);
    boolean cached = opened++ % 2 == 1;
    return cached ? new CachedStorage(unmapped, 512, 0) : unmapped;
  }

  private FaultyStorage storage() {
    return requireNonNull(storage);
  }

  private DiskImage disk() {
    return requireNonNull(disk);
  }

  private ImageMaintenance maintain() throws IOException {
    return DiskImages.maintain(opened(), format.writable());
  }

  /**
   * Does {@code operations} operations, and fails where the image then differs.
   *
   * @param byOracle whether qemu-img reads the image in the end, too, which takes longer than all
   *     the rest
   */
  public final void run(int operations, boolean byOracle) throws IOException {
    model = create(random, file);
    storage = new FaultyStorage(FormatUnderTest.inMemory(file));
    disk = open(format.writable());
    try {
      for (int i = 0; i < operations; i++) {
        step();
      }
      disk().close();
      verify();
      if (byOracle) {
        QemuComparison.of(format, storage(), file, passphrase, qemuReads ? model : null);
      }
    } catch (AssertionError | IOException | RuntimeException e) {
      throw new AssertionError(story + ": " + e, e);
    } finally {
      disk().close();
    }
  }

  private void step() throws IOException {
    switch (random.nextInt(40)) {
      case 0, 1 -> {
        if (largest > 0) {
          resize(SECTOR * (1 + random.nextInt(largest / SECTOR)));
        }
      }
      case 2 -> {
        if (compacts) {
          compact();
        }
      }
      case 3 -> {
        if (below != null) {
          commit(below);
        }
      }
      default -> readOrWrite();
    }
  }

  private void readOrWrite() throws IOException {
    int offset = random.nextInt(model.length);
    int most = random.nextBoolean() ? 3000 : 400_000;
    int length = 1 + random.nextInt(Math.min(model.length - offset, most));
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5 -> {
        byte[] content = new byte[length];
        random.nextBytes(content);
        note("write", offset, length);
        disk().write(offset, content);
        changed(offset, content);
      }
      case 6, 7 -> {
        note("zero", offset, length);
        disk().writeZeroes(offset, length);
        changed(offset, new byte[length]);
      }
      case 8, 9 -> {
        note("discard", offset, length);
        disk().discard(offset, length);
        discarded(offset, length);
      }
      case 10 -> compress(offset);
      case 11, 12 -> {
        note("flush", 0, 0);
        disk().flush();
        forget();
      }
      case 13 -> {
        note("reopen", 0, 0);
        disk().close();
        forget();
        disk = open(format.writable());
      }
      case 14 -> {
        if (crashes) {
          crash(model, storage().operations());
        }
      }
      default -> {
        byte[] found = new byte[length];
        disk().read(offset, found);
        int at = Arrays.mismatch(found, 0, length, model, offset, offset + length);
        check(at < 0, "differs at " + (offset + at) + ", read with " + length + " at " + offset);
      }
    }
  }

  private void compress(int near) throws IOException {
    if (!compresses) {
      return;
    }
    int offset = near & -clusterSize;
    int length = Math.min(clusterSize, model.length - offset);
    byte[] content = new byte[length];
    random.nextBytes(content);
    Arrays.fill(content, random.nextInt(length + 1), length, (byte) random.nextInt());
    note("compress", offset, length);
    disk().writeCompressed(offset, MemorySegment.ofArray(content));
    changed(offset, content);
  }

  private void changed(int offset, byte[] content) {
    sinceFlush.note(model, offset, content.length);
    System.arraycopy(content, 0, model, offset, content.length);
  }

  /** Notes a discard: each sector is now what it was, or zeroes; after a crash, either. */
  private void discarded(int offset, int length) throws IOException {
    byte[] found = new byte[model.length];
    disk().read(0, found);
    int wrong = sinceFlush.noteDiscard(model, found, offset, length);
    check(wrong < 0, "discard changed sector " + wrong);
    model = found;
  }

  private void resize(int size) throws IOException {
    note("resize", model.length, size);
    int begin = storage().operations();
    try {
      disk().resize(size);
    } catch (UnsupportedFeatureException e) {
      note("refused", 0, 0);
      return;
    }
    check(disk().size() == size, "has " + disk().size() + " bytes");
    byte[] before = model;
    model = Arrays.copyOf(model, size);
    boolean cut = cutsDataFile && size < before.length;
    if (cut || !crashed(before, begin)) {
      forget();
    }
  }

  private void compact() throws IOException {
    note("compact", 0, 0);
    disk().close();
    forget();
    int begin = storage().operations();
    try (ImageMaintenance image = maintain()) {
      image.compact(ProgressListener.NONE);
    }
    check(format.problem(storage()).isEmpty(), format.problem(storage()));
    if (cutsDataFile || !crashed(model, begin)) {
      disk = open(format.writable());
    }
  }

  private void commit(ModelledBelow target) throws IOException {
    boolean empties = random.nextBoolean();
    note(empties ? "commit and empty" : "commit", 0, 0);
    disk().close();
    forget();
    int begin;
    try (ImageMaintenance image = maintain()) {
      image.commit(ProgressListener.NONE);
      target.commit(model);
      target.verify();
      begin = storage().operations();
      if (empties) {
        image.empty();
      }
    } catch (UnsupportedFeatureException e) {
      // It cannot grow so far.
      note("refused", 0, 0);
      begin = storage().operations();
    }
    if (!crashed(model, begin)) {
      disk = open(format.writable());
    }
  }

  /** Notes that all that was written so far is durable. */
  private void forget() {
    sinceFlush.forget();
  }

  /** Sometimes cuts the power during what was just done; returns whether it did. */
  private boolean crashed(byte[] before, int begin) throws IOException {
    if (!crashes || random.nextBoolean()) {
      return false;
    }
    crash(before, begin + random.nextInt(storage().operations() - begin + 1));
    return true;
  }

  /**
   * Cuts the power; of what was not flushed, anything may be left.
   *
   * @param before what the disk held before the operation that is cut, if the point is within it
   */
  private void crash(byte[] before, int point) throws IOException {
    note("crash", point, storage().operations() - point);
    boolean over = point == storage().operations();
    PagedStorage left =
        CrashImages.of(storage()).at(point).sample(random.nextLong(), random.nextInt(40)).storage();
    // This closes the other files; what it still writes to the image is lost.
    disk().close();
    storage = new FaultyStorage(left);
    disk = open(format.writable());
    byte[] found = new byte[Math.toIntExact(disk().size())];
    check(
        found.length == model.length || (found.length == before.length && !over),
        "after the crash has " + found.length + " bytes");
    disk().read(0, found);
    int wrong = sinceFlush.firstUnknown(found, model, before);
    check(wrong < 0, "after the crash sector " + wrong + " holds what it never held");
    model = found;
    forget();
  }

  private void verify() throws IOException {
    String problem = format.problem(storage());
    check(problem.isEmpty(), problem);
    byte[] found = new byte[model.length];
    try (DiskImage reader = open(format.readOnly())) {
      reader.read(0, found);
    }
    int at = Arrays.mismatch(found, model);
    check(at < 0, "opened again, differs at " + at);
    if (below != null) {
      below.verify();
    }
  }

  private void note(String operation, int offset, int length) {
    story.append("; ").append(operation).append(' ').append(offset).append('+').append(length);
  }

  private static void check(boolean condition, String problem) {
    if (!condition) {
      throw new AssertionError(problem);
    }
  }
}
