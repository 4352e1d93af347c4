package io.diskformat.testing;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.IntSupplier;

/**
 * An image that is worked on until the power is cut: at each point of the work, whatever may be
 * left must open, hold everything that was flushed, and have nothing corrupt; and once it was
 * opened for writing and closed again, be as it should.
 */
public abstract class PowerCut {
  private static final int SECTOR = 512;

  /** One in how many times the power is cut again while the next writer opens the image. */
  private static final int REPAIRS_CUT = 40;

  private final String format;
  private final Path file;
  private final Random random;
  private final long size;
  private IntSupplier clock = () -> 0;

  /**
   * Creates a scenario.
   *
   * @param format of the image
   * @param file where the image is created, beside files that it may need
   * @param size of the disk, in bytes, whole sectors
   * @param random decides everything
   */
  protected PowerCut(String format, Path file, long size, Random random) {
    this.format = format;
    this.file = file;
    this.size = size;
    this.random = random;
  }

  /**
   * Creates the image in its file.
   *
   * @param model to be told what the disk holds, if it is not all zeroes
   */
  protected abstract void create(Path image, DiskModel model) throws IOException;

  /** Returns what is corrupt in an image that nobody closed, or an empty string. */
  protected abstract String corruption(Storage image) throws IOException;

  /** Returns what is not as it should be in an image that was closed, or an empty string. */
  protected abstract String problem(Storage image) throws IOException;

  /** Returns how the image is opened for writing; the format is added. */
  protected OpenOptions writable() {
    return OpenOptions.writable().references(ReferencePolicy.sameDirectory());
  }

  /** Returns the disk of an image as a device of the size that the model has. */
  protected BlockDevice disk(DiskImage image) throws IOException {
    return image;
  }

  /** Returns at what point the work is. */
  protected final int now() {
    return clock.getAsInt();
  }

  /**
   * Looks at what else must hold of an image.
   *
   * @param point where the power was cut
   */
  protected void look(DiskImage disk, int point) throws IOException {}

  /** Gives the disk contents that are durable before the first cut. */
  protected void before(DiskImage disk, DiskModel model) throws IOException {
    for (int i = 0; i < 8; i++) {
      change(disk, model, 0);
    }
  }

  /** Does the work that is cut: several sessions of random changes, unless overridden. */
  protected void work(Storage storage, DiskModel model, int operations) throws IOException {
    int sessions = 1 + random.nextInt(2);
    for (int session = 0; session < sessions; session++) {
      try (DiskImage disk = open(storage)) {
        for (int i = 0; i < operations / sessions; i++) {
          change(disk, model, 12);
        }
        // Sometimes it is left to the closing.
        if (random.nextInt(3) == 0) {
          model.flush(disk);
        }
      }
    }
  }

  /**
   * Makes a change.
   *
   * @param flushOf100 how many of 100 changes are to be a flush
   */
  protected void change(DiskImage disk, DiskModel model, int flushOf100) throws IOException {
    if (random.nextInt(100) < flushOf100) {
      model.flush(disk);
      return;
    }
    int sectors = (int) (Math.min(size, disk.size()) / SECTOR);
    int first = random.nextInt(sectors);
    boolean small = random.nextBoolean();
    change(
        disk,
        model,
        first * (long) SECTOR,
        SECTOR * Math.min(sectors - first, 1 + random.nextInt(small ? 8 : 120)));
  }

  /** Changes a range. */
  protected void change(DiskImage disk, DiskModel model, long offset, int length)
      throws IOException {
    switch (random.nextInt(10)) {
      case 0 -> model.writeZeroes(disk, offset, length);
      case 1, 2 -> model.discard(disk, offset, length);
      default -> write(disk, model, offset, length);
    }
  }

  /** Writes a range. */
  protected void write(DiskImage disk, DiskModel model, long offset, int length)
      throws IOException {
    model.write(disk, offset, length);
  }

  /**
   * Does the work and cuts the power at each point of it.
   *
   * @param seed chooses among what may be left
   * @param perPoint how much is looked at for each point, roughly
   * @return how many possibilities were checked
   */
  public final long run(long seed, int operations, int perPoint) throws IOException {
    DiskModel model = new DiskModel(size, () -> clock.getAsInt());
    create(file, model);
    PagedStorage initial;
    try (Storage content = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      initial = PagedStorage.copyOf(content);
    }
    FaultyStorage storage = new FaultyStorage(initial);
    clock = storage::operations;
    try (DiskImage disk = open(storage)) {
      before(disk, model);
      model.flush(disk);
    }
    int begin = storage.operations();
    work(storage, model, operations);
    CrashImages images = CrashImages.of(storage);
    return images.check(
        begin, images.lastPoint(), seed, perPoint, (left, point) -> verify(left, point, model));
  }

  /** Opens the image in a storage that outlives it. */
  protected final DiskImage open(Storage storage) throws IOException {
    return DiskImages.open(new NamedStorage(storage, file), writable().format(format));
  }

  private void verify(PagedStorage left, int point, DiskModel model) throws IOException {
    fail("corrupt", corruption(left));
    PagedStorage survivor = left.copy(left.name());
    try (DiskImage disk = open(left)) {
      look(disk, point);
      model.after(point).verify(disk(disk));
    }
    if (random.nextInt(REPAIRS_CUT) == 0) {
      cutAgain(survivor.copy(survivor.name()), point, model);
    }
    open(survivor).close();
    fail("after a writer", problem(survivor));
  }

  /** Whoever clears up after a cut may be cut in turn. */
  private void cutAgain(PagedStorage left, int point, DiskModel model) throws IOException {
    FaultyStorage storage = new FaultyStorage(left);
    open(storage).close();
    CrashImages images = CrashImages.of(storage);
    var _ =
        images.check(
            0,
            images.lastPoint(),
            random.nextLong(),
            2,
            (again, _) -> {
              fail("corrupt after the second cut", corruption(again));
              try (DiskImage disk = open(again)) {
                model.after(point).verify(disk(disk));
              }
            });
  }

  private static void fail(String when, String problem) {
    if (!problem.isEmpty()) {
      throw new AssertionError(when + ": " + problem);
    }
  }
}
