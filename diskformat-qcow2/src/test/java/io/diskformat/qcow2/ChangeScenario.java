package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.BitmapChange;
import io.diskformat.DirtyBitmap;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.Rebase;
import io.diskformat.storage.Storage;
import io.diskformat.testing.DiskModel;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PowerCut;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An image is written, and between that changed in ways that leave its disk as it is: amended,
 * rebased, its bitmaps changed. Wherever the power is cut, the image is as it was before a change,
 * or as it is after that; and a bitmap that is consistent lacks nothing that was written.
 */
final class ChangeScenario extends PowerCut {
  private static final int SECTOR = 512;

  enum Kind {
    AMENDED("cluster_size=4096"),
    AMENDED_TINY_CLUSTERS("cluster_size=512"),
    AMENDED_BACKING("cluster_size=4096,compat=0.10,backing_file=base.raw,backing_fmt=raw"),
    REBASED("cluster_size=4096,backing_file=base.raw,backing_fmt=raw"),
    REBASED_TINY_CLUSTERS("cluster_size=512,backing_file=base.raw,backing_fmt=raw"),
    REBASED_VERSION_2("cluster_size=4096,compat=0.10,backing_file=base.raw,backing_fmt=raw"),
    REBASED_SUBCLUSTERS(
        "cluster_size=16384,extended_l2=on,backing_file=base.raw,backing_fmt=raw"),

    /** With names of which some are in another sector, and bitmaps, which the header points to. */
    HEADERS("cluster_size=4096,backing_file=base.raw,backing_fmt=raw"),
    BITMAPS("cluster_size=4096"),

    /** Bitmaps are enabled and disabled, and what is written has its place already. */
    BITMAPS_SWITCHED("cluster_size=4096,preallocation=metadata"),
    BITMAPS_TINY_CLUSTERS("cluster_size=512"),
    BITMAPS_SUBCLUSTERS("cluster_size=16384,extended_l2=on");

    private final String options;

    Kind(String options) {
      this.options = options;
    }

    boolean isAbout(String what) {
      return name().startsWith(what);
    }
  }

  /** What an image records besides its disk, in words; and each bitmap. */
  private record Records(String header, Map<String, String> bitmaps) {}

  /**
   * A step of the work.
   *
   * @param from the number of operations before it
   * @param done the number of operations after it
   * @param writes whether bitmaps that record writes are inconsistent meanwhile
   * @param content what the disk held before, whole sectors
   */
  private record Step(
      int from, int done, Records before, Records after, boolean writes, byte[] content) {}

  private final Kind kind;
  private final Path file;
  private final Random random;
  private final int size;
  private final List<Step> steps = new ArrayList<>();

  /** By bitmap, the step by which it records nothing yet. */
  private final Map<String, List<Step>> begun = new TreeMap<>();

  private int names;

  ChangeScenario(Kind kind, Path directory, long seed) {
    this(kind, directory.resolve("image.qcow2"), new Random(seed));
  }

  private ChangeScenario(Kind kind, Path file, Random random) {
    this(kind, file, random, SECTOR * (60 + random.nextInt(100)));
  }

  private ChangeScenario(Kind kind, Path file, Random random, int size) {
    super(QCOW2, file, size, random);
    this.kind = kind;
    this.file = file;
    this.random = random;
    this.size = size;
  }

  @Override
  protected void create(Path image, DiskModel model) throws IOException {
    QCOW2.create(image, kind.options, size);
    if (kind.options.contains("base.raw")) {
      byte[] below = content(size, model);
      Files.write(image.resolveSibling("base.raw"), below);
      for (int i = 0; i < 3; i++) {
        byte[] other = RandomContent.of(1000 + i, 0, size / (1 + i));
        // Some of it is what the first one has.
        System.arraycopy(below, 0, other, 0, size / 5);
        Files.write(image.resolveSibling("other" + i + ".raw"), other);
      }
    }
  }

  @Override
  protected void work(Storage storage, DiskModel model, int operations) throws IOException {
    if (kind == Kind.BITMAPS_SWITCHED) {
      add(storage, "on");
      add(storage, "off");
    }
    for (int done = 0; done < operations; done += 4) {
      if (random.nextInt(3) == 0 && kind != Kind.HEADERS) {
        step(storage, null, true, () -> write(storage, model));
      } else {
        change(storage);
      }
    }
  }

  private void write(Storage storage, DiskModel model) throws IOException {
    try (DiskImage disk = open(storage)) {
      for (int i = random.nextInt(6); i >= 0; i--) {
        change(disk, model, 30);
      }
      model.flush(disk);
    }
  }

  /** Does a part of the work. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  /**
   * Does a step.
   *
   * @param clears the bitmap that records nothing after it, or null
   */
  private void step(Storage storage, @Nullable String clears, Work work) throws IOException {
    step(storage, clears, false, work);
  }

  private void step(Storage storage, @Nullable String clears, boolean writes, Work work)
      throws IOException {
    Records before = records(storage);
    byte[] content = shown(storage);
    int from = ((FaultyStorage) storage).operations();
    work.run();
    int done = ((FaultyStorage) storage).operations();
    Step step = new Step(from, done, before, records(storage), writes, content);
    steps.add(step);
    if (clears != null) {
      begun.computeIfAbsent(clears, _ -> new ArrayList<>()).add(step);
    }
  }

  // Changes

  private void change(Storage storage) throws IOException {
    if (kind.isAbout("AMENDED")) {
      amend(storage);
    } else if (kind.isAbout("REBASED")) {
      rebase(storage);
    } else if (kind == Kind.HEADERS) {
      changeHeader(storage);
    } else if (kind == Kind.BITMAPS_SWITCHED) {
      switchBitmaps(storage);
    } else {
      changeBitmap(storage);
    }
  }

  private void amend(Storage storage) throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    boolean usual = header.version() == 2 || header.refcountOrder() == 4;
    String[] option =
        switch (random.nextInt(usual ? 6 : 3)) {
          case 0, 1 -> new String[] {"refcount_bits", String.valueOf(1 << random.nextInt(7))};
          case 2 -> new String[] {"lazy_refcounts", random.nextBoolean() ? "on" : "off"};
          default -> new String[] {"compat", header.version() == 2 ? "1.1" : "0.10"};
        };
    if (header.version() == 2) {
      option = new String[] {"compat", "1.1"};
    }
    Map<String, String> options = Map.of(option[0], option[1]);
    step(
        storage,
        null,
        () -> maintain(storage, image -> image.amend(options, ProgressListener.NONE)));
  }

  private void rebase(Storage storage) throws IOException {
    String name = name(kind == Kind.REBASED_TINY_CLUSTERS ? 60 : 450);
    Rebase rebase = random.nextInt(6) == 0 ? Rebase.ontoNothing() : Rebase.onto(name, "raw");
    boolean compressed = random.nextInt(4) == 0;
    step(
        storage,
        null,
        () ->
            maintain(
                storage,
                image ->
                    image.rebase(
                        compressed ? rebase.compress() : rebase, ProgressListener.NONE)));
  }

  /** Returns a name of a backing file, of {@code most} directories more than it needs. */
  private String name(int most) {
    String path = "./".repeat(random.nextBoolean() ? 0 : random.nextInt(most));
    return path + (random.nextBoolean() ? "base.raw" : "other" + random.nextInt(3) + ".raw");
  }

  private void changeHeader(Storage storage) throws IOException {
    if (random.nextBoolean()) {
      String path = "./".repeat(150 + random.nextInt(120));
      Rebase rebase = Rebase.onto(path + "base.raw", "raw").recordOnly();
      step(storage, null, () -> maintain(storage, i -> i.rebase(rebase, ProgressListener.NONE)));
    } else if (records(storage).bitmaps.isEmpty()) {
      add(storage, "on");
    } else {
      var remove = new BitmapChange.Remove("on");
      step(storage, null, () -> maintain(storage, image -> image.change(remove)));
    }
  }

  private void add(Storage storage, String name) throws IOException {
    var add = new BitmapChange.Add(name, OptionalLong.of(512L << random.nextInt(4)), true);
    step(storage, name, () -> maintain(storage, image -> image.change(add)));
  }

  private void switchBitmaps(Storage storage) throws IOException {
    for (String name : records(storage).bitmaps.keySet()) {
      if (name.startsWith("off")) {
        BitmapChange flag =
            random.nextBoolean() ? new BitmapChange.Disable(name) : new BitmapChange.Enable(name);
        step(storage, null, () -> maintain(storage, image -> image.change(flag)));
      }
    }
  }

  private void changeBitmap(Storage storage) throws IOException {
    List<String> present = List.copyOf(records(storage).bitmaps.keySet());
    String some = present.isEmpty() ? "" : present.get(random.nextInt(present.size()));
    switch (present.size() < 2 ? 0 : random.nextInt(present.size() > 5 ? 5 : 6)) {
      case 0, 5 -> {
        // What begins with "off" is sometimes disabled, and so may lack something.
        add(storage, (random.nextInt(3) == 0 ? "off" : "on") + names++);
      }
      case 1 ->
          step(storage, null, () -> maintain(storage, i -> i.change(new BitmapChange.Remove(some))));
      case 2 ->
          step(storage, some, () -> maintain(storage, i -> i.change(new BitmapChange.Clear(some))));
      case 3 -> {
        long offset = random.nextInt(size);
        List<DirtyCursor.Range> ranges =
            new ArrayList<>(List.of(new DirtyCursor.Range(offset, 1 + random.nextInt(20_000))));
        DirtyCursor cursor = () -> ranges.isEmpty() ? null : ranges.removeFirst();
        var merge = new BitmapChange.Merge(some, cursor);
        step(storage, null, () -> maintain(storage, image -> image.change(merge)));
      }
      default -> switchBitmaps(storage);
    }
  }

  /** Maintains an image. */
  @FunctionalInterface
  private interface Maintenance {
    void on(ImageMaintenance image) throws IOException;
  }

  private void maintain(Storage storage, Maintenance maintenance) throws IOException {
    try (ImageMaintenance image =
        DiskImages.maintain(new NamedStorage(storage, file), QCOW2.writable())) {
      maintenance.on(image);
    }
  }

  // What is left

  private DiskImage read(Storage storage) throws IOException {
    return DiskImages.open(new NamedStorage(storage, file), QCOW2.readOnly());
  }

  private byte[] shown(Storage storage) throws IOException {
    byte[] content = new byte[size];
    try (DiskImage disk = read(storage)) {
      disk.read(0, content);
    }
    return content;
  }

  private Records records(Storage storage) throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    String words =
        "version %d, %d refcount bits, lazy %s, over %s of %s"
            .formatted(
                header.version(),
                1 << header.refcountOrder(),
                header.version() > 2 && (header.compatible() & Qcow2Header.LAZY_REFCOUNTS) != 0,
                header.backingFile().orElse("nothing"),
                header.extensions().backingFormat().orElse("no format"));
    Map<String, String> bitmaps = new TreeMap<>();
    try (DiskImage disk = read(storage)) {
      for (DirtyBitmap bitmap : disk.bitmaps()) {
        bitmaps.put(bitmap.name(), words(disk, bitmap));
      }
    }
    return new Records(words, bitmaps);
  }

  private static String words(DiskImage disk, DirtyBitmap bitmap) throws IOException {
    if (bitmap.inconsistent()) {
      return "inconsistent";
    }
    StringBuilder words = new StringBuilder();
    words.append(bitmap.granularity()).append(bitmap.enabled() ? " recording" : " disabled");
    DirtyCursor ranges = disk.dirtyRanges(bitmap.name());
    for (DirtyCursor.Range range = ranges.next(); range != null; range = ranges.next()) {
      words.append(' ').append(range.offset()).append('-').append(range.end());
    }
    return words.toString();
  }

  @Override
  protected void look(Storage left, int point) throws IOException {
    Step last = null;
    for (Step step : steps) {
      if (step.from < point) {
        last = step;
      }
    }
    if (last == null) {
      return;
    }
    Records found = records(left);
    boolean isDone = last.done <= point;
    List<Records> possible = isDone ? List.of(last.after) : List.of(last.before, last.after);
    require(
        possible.stream().anyMatch(records -> records.header.equals(found.header)),
        "the header says " + found.header,
        last);
    require(
        possible.stream().anyMatch(r -> r.bitmaps.keySet().equals(found.bitmaps.keySet())),
        "the bitmaps are " + found.bitmaps.keySet(),
        last);
    for (Map.Entry<String, String> bitmap : found.bitmaps.entrySet()) {
      String before = last.before.bitmaps.get(bitmap.getKey());
      String after = last.after.bitmaps.get(bitmap.getKey());
      boolean expected =
          bitmap.getValue().equals(after)
              || (!isDone && bitmap.getValue().equals(before))
              || (!isDone && last.writes && bitmap.getValue().equals("inconsistent"));
      require(expected, "the bitmap " + bitmap, last);
    }
    if (!found.bitmaps.isEmpty()) {
      requireComplete(left, found, point);
    }
  }

  /** What differs from what the disk held when a bitmap began is recorded in it. */
  private void requireComplete(Storage left, Records found, int point) throws IOException {
    byte[] content = shown(left);
    try (DiskImage disk = read(left)) {
      for (Map.Entry<String, String> bitmap : found.bitmaps.entrySet()) {
        String name = bitmap.getKey();
        if (!name.startsWith("on") || bitmap.getValue().equals("inconsistent")) {
          continue;
        }
        Step base = null;
        for (Step step : begun.getOrDefault(name, List.of())) {
          // One that is not done may have been, which asks for no more.
          if (step.from <= point) {
            base = step;
          }
        }
        boolean[] recorded = recorded(disk.dirtyRanges(name));
        for (int sector = 0; base != null && sector < recorded.length; sector++) {
          int at = sector * SECTOR;
          boolean changed =
              !Arrays.equals(
                  content, at, at + SECTOR, base.content, at, at + SECTOR);
          require(recorded[sector] || !changed, name + " lacks sector " + sector, base);
        }
      }
    }
  }

  /** Returns which sectors a bitmap records. */
  private boolean[] recorded(DirtyCursor ranges) throws IOException {
    boolean[] recorded = new boolean[size / SECTOR];
    for (DirtyCursor.Range range = ranges.next(); range != null; range = ranges.next()) {
      Arrays.fill(
          recorded,
          (int) (range.offset() / SECTOR),
          (int) Math.ceilDiv(range.end(), (long) SECTOR),
          true);
    }
    return recorded;
  }

  private static void require(boolean holds, String problem, Step step) {
    if (!holds) {
      throw new AssertionError(
          problem + "; before the step " + step.before + ", and after it " + step.after);
    }
  }
}
