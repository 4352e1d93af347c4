package io.diskformat.testing;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
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

  /** What a reader must see. */
  private byte[] model = new byte[0];

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
        sinceFlush.clear();
      }
      case 13 -> {
        tell("reopen", 0, 0);
        disk.close();
        sinceFlush.clear();
        disk = open(writable());
      }
      case 14 -> {
        if (crashes) {
          crash();
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

  /** The power goes; of what was not flushed, anything may be left. */
  private void crash() throws IOException {
    tell("crash", 0, 0);
    CrashImages.Cut cut = CrashImages.of(storage).at(storage.operations());
    PagedStorage left = cut.sample(random.nextLong(), random.nextInt(40)).storage();
    // Lets go of the other files; what it still writes to the image is lost.
    disk.close();
    storage = new FaultyStorage(left);
    disk = open(writable());
    byte[] found = new byte[model.length];
    disk.read(0, found);
    for (int sector = 0; sector < model.length / SECTOR; sector++) {
      byte[] now = sectorOf(found, sector);
      boolean expected = Arrays.equals(now, sectorOf(model, sector));
      for (byte[] earlier : sinceFlush.getOrDefault(sector, List.of())) {
        expected |= Arrays.equals(now, earlier);
      }
      check(expected, "after the crash sector " + sector + " holds what it never held");
    }
    model = found;
    sinceFlush.clear();
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
