package io.diskformat.testing;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.ReferencePolicy;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A random sequence of operations on a random image, beside a plain array of bytes. Crashes are
 * among the operations: then each sector holds what it held at the last flush, or was given since.
 */
public abstract class ModelledImage {
  private static final int SECTOR = 512;

  private final Random random;
  private final String format;
  private final Path directory;
  private final Path file;
  private final StringBuilder story = new StringBuilder();
  private int clusterSize;
  private boolean compresses;
  private boolean qemuReads = true;
  private boolean crashes = true;
  private int largest;
  private boolean compacts;
  private @Nullable Path below;

  /** What a reader must see. */
  private byte[] model = new byte[0];

  /** What a reader of the image below must see. */
  private byte[] modelBelow = new byte[0];

  /** By sector, all that it held since the last flush, if that is not what it holds. */
  private final Map<Integer, List<byte[]>> sinceFlush = new HashMap<>();

  private @Nullable FaultyStorage storage;
  private @Nullable DiskImage disk;

  /**
   * Creates a sequence.
   *
   * @param format of the image, as we and qemu-img name it
   * @param file where the image is to be, beside files that it may need
   * @param random decides everything
   */
  protected ModelledImage(String format, Path file, Random random) {
    this.format = format;
    this.file = file;
    this.directory = file.toAbsolutePath().getParent();
    this.random = random;
  }

  /**
   * Creates the image in its file.
   *
   * @return what its disk holds
   */
  protected abstract byte[] create(Random random, Path file) throws IOException;

  /** Returns what is wrong with an image that was closed, or an empty string. */
  protected abstract String problem(Storage image) throws IOException;

  /** Returns how the image is opened for writing; the format is added. */
  protected OpenOptions writable() {
    return OpenOptions.writable().references(ReferencePolicy.sameDirectory());
  }

  /** Returns how the image is opened for reading; the format is added. */
  protected OpenOptions readOnly() {
    return OpenOptions.readOnly().references(ReferencePolicy.sameDirectory());
  }

  /** Has whole clusters of a size be written compressed, too. */
  protected final void compressing(int size) {
    clusterSize = size;
    compresses = true;
  }

  /** Says that qemu-img does not read such images. */
  protected final void unknownToQemu() {
    qemuReads = false;
  }

  /** Has nothing crash: for images in which one sector of the disk is parts of two of the file. */
  protected final void withoutCrashes() {
    crashes = false;
  }

  /** Has the disk be resized, too, up to so many bytes. */
  protected final void resizing(int mostBytes) {
    largest = mostBytes;
  }

  /** Has the image be compacted, too. */
  protected final void compacting() {
    compacts = true;
  }

  /** Has the image be committed, too, to one whose disk holds {@code content}. */
  protected final void committing(Path file, byte[] content) {
    below = file;
    modelBelow = content.clone();
  }

  /** Returns how the image is opened for maintenance; the format is added. */
  protected OpenOptions maintenance() {
    return OpenOptions.maintenance().references(ReferencePolicy.sameDirectory());
  }

  /** Adds to what a failure tells. */
  protected final void tell(String what) {
    story.append(what).append(' ');
  }

  private DiskImage open(OpenOptions options) throws IOException {
    return DiskImages.open(new NamedStorage(storage, file), options.format(format));
  }

  /**
   * Does so many operations, and fails where the image then differs.
   *
   * @param byOracle whether qemu-img is to look at the image in the end too, which takes longer
   *     than all the rest
   */
  public final void run(int operations, boolean byOracle) throws IOException {
    model = create(random, file);
    try (Storage content = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      storage = new FaultyStorage(PagedStorage.copyOf(content));
    }
    disk = open(writable());
    try {
      for (int i = 0; i < operations; i++) {
        step();
      }
      disk.close();
      verify();
      if (byOracle) {
        verifyByOracle();
      }
    } catch (AssertionError | IOException | RuntimeException e) {
      throw new AssertionError(story + ": " + e, e);
    } finally {
      disk.close();
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
        tell("write", offset, length);
        disk.write(offset, content);
        changed(offset, content);
      }
      case 6, 7 -> {
        tell("zero", offset, length);
        disk.writeZeroes(offset, length);
        changed(offset, new byte[length]);
      }
      case 8, 9 -> {
        tell("discard", offset, length);
        disk.discard(offset, length);
        discarded(offset, length);
      }
      case 10 -> compress(offset);
      case 11, 12 -> {
        tell("flush", 0, 0);
        disk.flush();
        forget();
      }
      case 13 -> {
        tell("reopen", 0, 0);
        disk.close();
        forget();
        disk = open(writable());
      }
      case 14 -> {
        if (crashes) {
          crash(model, storage.operations());
        }
      }
      default -> {
        byte[] found = new byte[length];
        disk.read(offset, found);
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
    tell("compress", offset, length);
    disk.writeCompressed(offset, MemorySegment.ofArray(content));
    changed(offset, content);
  }

  private void changed(int offset, byte[] content) {
    int first = offset / SECTOR;
    int last = (offset + content.length - 1) / SECTOR;
    for (int sector = first; sector <= last; sector++) {
      sinceFlush.computeIfAbsent(sector, _ -> new ArrayList<>()).add(sectorOf(model, sector));
    }
    System.arraycopy(content, 0, model, offset, content.length);
  }

  /** Each sector is now what it was, or zeroes; after a crash, either. */
  private void discarded(int offset, int length) throws IOException {
    byte[] found = new byte[model.length];
    disk.read(0, found);
    for (int sector = 0; sector < model.length / SECTOR; sector++) {
      byte[] now = sectorOf(found, sector);
      byte[] before = sectorOf(model, sector);
      if (!Arrays.equals(now, before)) {
        boolean within = sector * SECTOR >= offset && (sector + 1) * SECTOR <= offset + length;
        check(within && isZero(now), "discard changed sector " + sector);
        sinceFlush.computeIfAbsent(sector, _ -> new ArrayList<>()).add(before);
      }
    }
    model = found;
  }

  private void resize(int size) throws IOException {
    tell("resize", model.length, size);
    int begin = storage.operations();
    try {
      disk.resize(size);
    } catch (UnsupportedFeatureException e) {
      tell("refused", 0, 0);
      return;
    }
    check(disk.size() == size, "has " + disk.size() + " bytes");
    byte[] before = model;
    model = Arrays.copyOf(model, size);
    if (!crashed(before, begin)) {
      forget();
    }
  }

  private void compact() throws IOException {
    tell("compact", 0, 0);
    disk.close();
    forget();
    int begin = storage.operations();
    try (DiskImage image = open(maintenance())) {
      image.compact(ProgressListener.NONE);
    }
    check(problem(storage).isEmpty(), problem(storage));
    if (!crashed(model, begin)) {
      disk = open(writable());
    }
  }

  private void commit(Path target) throws IOException {
    boolean empties = random.nextBoolean();
    tell(empties ? "commit and empty" : "commit", 0, 0);
    disk.close();
    forget();
    int begin;
    try (DiskImage image = open(maintenance())) {
      image.commit(ProgressListener.NONE);
      modelBelow = Arrays.copyOf(modelBelow, Math.max(modelBelow.length, model.length));
      System.arraycopy(model, 0, modelBelow, 0, model.length);
      verifyBelow(target);
      begin = storage.operations();
      if (empties) {
        image.empty();
      }
    } catch (UnsupportedFeatureException e) {
      // It cannot grow so far.
      tell("refused", 0, 0);
      begin = storage.operations();
    }
    if (!crashed(model, begin)) {
      disk = open(writable());
    }
  }

  private void verifyBelow(Path image) throws IOException {
    try (Storage content = FileStorage.open(image, false, FileStorage.Sharing.UNLOCKED)) {
      String problem = problem(content);
      check(problem.isEmpty(), "below: " + problem);
    }
    byte[] found = new byte[modelBelow.length];
    try (DiskImage reader = DiskImages.open(image, readOnly().format(format))) {
      check(reader.size() == found.length, "below has " + reader.size() + " bytes");
      reader.read(0, found);
    }
    int at = Arrays.mismatch(found, modelBelow);
    check(at < 0, "below, differs at " + at);
  }

  /** All that was written so far is durable. */
  private void forget() {
    sinceFlush.clear();
  }

  /** Sometimes the power goes during what was just done; returns whether. */
  private boolean crashed(byte[] before, int begin) throws IOException {
    if (!crashes || random.nextBoolean()) {
      return false;
    }
    crash(before, begin + random.nextInt(storage.operations() - begin + 1));
    return true;
  }

  /**
   * The power goes; of what was not flushed, anything may be left.
   *
   * @param before what the disk held before what is cut, if that is not over at the point
   */
  private void crash(byte[] before, int point) throws IOException {
    tell("crash", point, storage.operations() - point);
    boolean over = point == storage.operations();
    PagedStorage left =
        CrashImages.of(storage).at(point).sample(random.nextLong(), random.nextInt(40)).storage();
    // Lets go of the other files; what it still writes to the image is lost.
    disk.close();
    storage = new FaultyStorage(left);
    disk = open(writable());
    byte[] found = new byte[Math.toIntExact(disk.size())];
    check(
        found.length == model.length || (found.length == before.length && !over),
        "after the crash has " + found.length + " bytes");
    disk.read(0, found);
    for (int sector = 0; sector < found.length / SECTOR; sector++) {
      byte[] now = sectorOf(found, sector);
      boolean expected = isAt(now, model, sector) || isAt(now, before, sector);
      for (byte[] earlier : sinceFlush.getOrDefault(sector, List.of())) {
        expected |= Arrays.equals(now, earlier);
      }
      check(expected, "after the crash sector " + sector + " holds what it never held");
    }
    model = found;
    forget();
  }

  /** Beyond the end of a disk, there are zeroes. */
  private static boolean isAt(byte[] content, byte[] disk, int sector) {
    return sector < disk.length / SECTOR
        ? Arrays.equals(content, sectorOf(disk, sector))
        : isZero(content);
  }

  private void verify() throws IOException {
    String problem = problem(storage);
    check(problem.isEmpty(), problem);
    byte[] found = new byte[model.length];
    try (DiskImage reader = open(readOnly())) {
      reader.read(0, found);
    }
    int at = Arrays.mismatch(found, model);
    check(at < 0, "opened again, differs at " + at);
    if (below != null) {
      verifyBelow(below);
    }
  }

  private void verifyByOracle() throws IOException {
    // What the oracle reads is a file.
    try (Storage content = storage) {
      byte[] bytes = new byte[(int) content.size()];
      content.read(0, MemorySegment.ofArray(bytes));
      Files.write(file, bytes);
    }
    if (!qemuReads) {
      return;
    }
    Path raw = directory.resolve("model.raw");
    Files.write(raw, model);
    // QEMU takes a data file's name relative to where it runs.
    Oracle qemuImg = Oracle.of("qemu-img").in(directory);
    qemuImg.run("check", "-f", format, file).orFail();
    qemuImg.run("compare", "-f", format, "-F", "raw", file, raw).orFail();
  }

  private static byte[] sectorOf(byte[] bytes, int sector) {
    return Arrays.copyOfRange(bytes, sector * SECTOR, (sector + 1) * SECTOR);
  }

  private static boolean isZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private void tell(String operation, int offset, int length) {
    story.append("; ").append(operation).append(' ').append(offset).append('+').append(length);
  }

  private static void check(boolean condition, String problem) {
    if (!condition) {
      throw new AssertionError(problem);
    }
  }
}
