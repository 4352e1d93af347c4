package io.diskformat.qcow2;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PagedStorage;
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

/**
 * A random sequence of operations on a random image, beside a plain array of bytes. Crashes are
 * among the operations: then each sector holds what it held at the last flush, or was given since.
 */
final class ModelledImage {
  private static final int SECTOR = 512;

  private final Random random;
  private final Path directory;
  private final Path file;
  private final StringBuilder story = new StringBuilder();
  private final int clusterSize;
  private final boolean compresses;

  /** What a reader must see. */
  private byte[] model;

  /** By sector, all that it held since the last flush, if that is not what it holds. */
  private final Map<Integer, List<byte[]>> sinceFlush = new HashMap<>();

  private FaultyStorage storage;
  private DiskImage disk;

  ModelledImage(Path directory, long seed) throws IOException {
    this.random = new Random(seed);
    this.directory = directory;
    this.file = directory.resolve("image.qcow2");
    boolean version2 = random.nextInt(5) == 0;
    boolean extended = !version2 && random.nextInt(3) == 0;
    int clusterBits = extended ? 14 + random.nextInt(3) : 9 + random.nextInt(8);
    clusterSize = 1 << clusterBits;
    int size = SECTOR * (1 + random.nextInt(Math.min(6000, 200 << (clusterBits - 9))));
    model = new byte[size];
    CreateOptions options =
        CreateOptions.format("qcow2")
            .size(size)
            .replaceExisting()
            .option("cluster_size", String.valueOf(clusterSize))
            .option("compat", version2 ? "0.10" : "1.1");
    boolean dataFile = !version2 && random.nextInt(8) == 0;
    if (!version2) {
      options =
          options
              .option("refcount_bits", String.valueOf(1 << random.nextInt(7)))
              .option("lazy_refcounts", random.nextInt(4) == 0 ? "on" : "off")
              .option("compression_type", random.nextBoolean() ? "zstd" : "zlib")
              .option("extended_l2", extended ? "on" : "off");
    }
    if (dataFile) {
      options =
          options
              .option("data_file", "image.data")
              .option("data_file_raw", random.nextBoolean() ? "on" : "off");
    } else if (random.nextBoolean()) {
      options = options.option("backing_file", "base.raw").option("backing_fmt", "raw");
      byte[] base = new byte[SECTOR * (1 + random.nextInt(size / SECTOR * 3 / 2 + 1))];
      random.nextBytes(base);
      Files.write(directory.resolve("base.raw"), base);
      System.arraycopy(base, 0, model, 0, Math.min(base.length, size));
    } else if (random.nextInt(4) == 0) {
      options =
          options.option(
              "preallocation", new String[] {"metadata", "falloc", "full"}[random.nextInt(3)]);
    }
    compresses = !dataFile;
    story.append(size).append(' ').append(options.options());
    DiskImages.create(file, options);
    boolean refcountsAllowSnapshots = !"1".equals(options.options().get("refcount_bits"));
    if (!dataFile && refcountsAllowSnapshots && random.nextInt(4) == 0) {
      String length = String.valueOf(Math.min(size, SECTOR * (1 + random.nextInt(200))));
      Oracle.qemuIo("-f", "qcow2", "-c", "write -P 0x5a 0 " + length, file).orFail();
      Arrays.fill(model, 0, Integer.parseInt(length), (byte) 0x5a);
      Oracle.qemuImg("snapshot", "-c", "one", file).orFail();
      story.append(" snapshot");
    }
    try (Storage content = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      storage = new FaultyStorage(PagedStorage.copyOf(content));
    }
    disk = open();
  }

  private DiskImage open() throws IOException {
    return DiskImages.open(
        new NamedStorage(storage, file),
        OpenOptions.writable().format("qcow2").references(ReferencePolicy.sameDirectory()));
  }

  /**
   * Does so many operations, and fails where the image then differs.
   *
   * @param byOracle whether qemu-img is to look at the image in the end too, which takes longer
   *     than all the rest
   */
  void run(int operations, boolean byOracle) throws IOException {
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
        disk = open();
      }
      case 14 -> crash();
      default -> {
        byte[] found = new byte[length];
        disk.read(offset, found);
        int at = Arrays.mismatch(found, 0, length, model, offset, offset + length);
        check(at < 0, "differs at " + (offset + at) + ", read with " + length + " at " + offset);
      }
    }
  }

  private void compress(int near) throws IOException {
    int offset = near & -clusterSize;
    int length = Math.min(clusterSize, model.length - offset);
    if (!compresses) {
      return;
    }
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
    disk = open();
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
    RefcountAudit audit = RefcountAudit.of(storage);
    check(audit.corruption().isEmpty(), "corrupt:" + audit.corruption());
    check(audit.leaks() == 0, audit.leaks() + " leaks");
    byte[] found = new byte[model.length];
    try (DiskImage reader =
        DiskImages.open(
            new NamedStorage(storage, file),
            OpenOptions.readOnly().format("qcow2").references(ReferencePolicy.sameDirectory()))) {
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
    Path raw = directory.resolve("model.raw");
    Files.write(raw, model);
    // QEMU takes a data file's name relative to where it runs.
    Oracle qemuImg = Oracle.of("qemu-img").in(directory);
    qemuImg.run("check", file).orFail();
    qemuImg.run("compare", "-f", "qcow2", "-F", "raw", file, raw).orFail();
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
