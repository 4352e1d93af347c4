package io.diskformat.testing;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A scenario of work on an image that ends with a power cut: at each point of the work, whatever
 * may be left must open, hold everything that was flushed, and have nothing corrupt; and after it
 * was opened for writing and closed again, {@link FormatUnderTest#problem} must find nothing.
 *
 * <p>A subclass creates the image, and may override what is done to it.
 */
public abstract class PowerCut {
  private static final int SECTOR = 512;

  /** The power is cut again, while the next writer opens the image, once in this many times. */
  private static final int REPAIRS_CUT = 40;

  private final FormatUnderTest format;
  private final Path file;
  private final Random random;
  private final long size;
  private IntSupplier clock = () -> 0;
  private @Nullable Enum<?> barrierLeftOut;

  /** The operation from which on the disk has its last size, if it grows. */
  private int grown = Integer.MAX_VALUE;

  /**
   * Creates a scenario.
   *
   * @param format of the image
   * @param file where the image is created, beside files that it may need
   * @param size the size of the disk in bytes, whole sectors: the last one if it grows
   * @param random decides everything
   */
  protected PowerCut(FormatUnderTest format, Path file, long size, Random random) {
    this.format = format;
    this.file = file;
    this.size = size;
    this.random = random;
  }

  /**
   * Creates the image in its file.
   *
   * @param model must record what the disk holds, if it is not all zeroes
   */
  protected abstract void create(Path image, DiskModel model) throws IOException;

  /**
   * Leaves out each barrier of the format's writer that comes after a step: {@link #run} must then
   * fail.
   */
  public final PowerCut withoutBarrier(Enum<?> step) {
    barrierLeftOut = step;
    return this;
  }

  /** Returns the disk of an image as a device of the size that the model has. */
  private BlockDevice disk(DiskImage image) {
    return new GrownDevice(image, size);
  }

  /**
   * Checks what else must hold of an image; does nothing unless overridden.
   *
   * @param point where the power was cut
   */
  protected void look(DiskImage disk, int point) throws IOException {}

  /**
   * Checks what else must hold of an image before anybody opens it; does nothing unless overridden.
   *
   * @param left the image, which is not changed by this
   * @param point where the power was cut
   */
  protected void look(Storage left, int point) throws IOException {}

  /** Writes content that is durable before the first cut. */
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
        // Sometimes only the closing flushes.
        if (random.nextInt(3) == 0) {
          model.flush(disk);
        }
      }
    }
  }

  /**
   * Does work that is cut: changes, the growth of a disk that was smaller at first, and more
   * changes.
   */
  protected final void workAndGrow(Storage storage, DiskModel model, int operations)
      throws IOException {
    try (DiskImage disk = open(storage)) {
      for (int i = 0; i < operations; i++) {
        if (i == operations / 4) {
          disk.resize(size);
          grown = clock.getAsInt();
        }
        change(disk, model, 10);
      }
    }
  }

  /**
   * Makes a change.
   *
   * @param flushOf100 how many of 100 changes are a flush
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
   * @param seed decides which possibilities are checked
   * @param perPoint the number of possibilities for each point, roughly
   * @return how many possibilities were checked
   */
  public final long run(long seed, int operations, int perPoint) throws IOException {
    DiskModel model = new DiskModel(size, () -> clock.getAsInt());
    create(file, model);
    FaultyStorage storage =
        new FaultyStorage(FormatUnderTest.inMemory(file)).leaveOutBarrier(barrierLeftOut);
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

  /** Returns a content that was written through a model, which thereby knows it. */
  protected static byte[] content(int size, DiskModel model) throws IOException {
    Storage storage = new PagedStorage("below");
    DiskImages.create(storage, CreateOptions.format("raw").size(size));
    byte[] content = new byte[size];
    try (DiskImage raw =
        DiskImages.open(new NamedStorage(storage, null), OpenOptions.writable().format("raw"))) {
      model.write(raw, 0, size);
      model.flush(raw);
      raw.read(0, content);
    }
    return content;
  }

  /** Opens the image; the storage stays open when it is closed. */
  protected final DiskImage open(Storage storage) throws IOException {
    return format.openWritable(storage, file);
  }

  private void verify(PagedStorage left, int point, DiskModel model) throws IOException {
    fail("corrupt", format.corruption(left));
    look(left, point);
    PagedStorage survivor = left.copy(left.name());
    try (DiskImage disk = open(left)) {
      checkSize(disk, point);
      look(disk, point);
      model.after(point).verify(disk(disk));
    }
    if (random.nextInt(REPAIRS_CUT) == 0) {
      cutAgain(survivor.copy(survivor.name()), point, model);
    }
    open(survivor).close();
    fail("after a writer", format.problem(survivor));
  }

  private void checkSize(DiskImage disk, int point) {
    if (point >= grown && disk.size() != size) {
      throw new AssertionError("has grown to " + size + " bytes, but has " + disk.size());
    }
  }

  /** Cuts the power again while the next writer repairs the image. */
  private void cutAgain(PagedStorage left, int point, DiskModel model) throws IOException {
    FaultyStorage storage = new FaultyStorage(left).leaveOutBarrier(barrierLeftOut);
    open(storage).close();
    CrashImages images = CrashImages.of(storage);
    var _ =
        images.check(
            0,
            images.lastPoint(),
            random.nextLong(),
            2,
            (again, _) -> {
              fail("corrupt after the second cut", format.corruption(again));
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
