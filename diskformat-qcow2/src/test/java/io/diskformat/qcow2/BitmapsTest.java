package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BitmapChange;
import io.diskformat.CreateOptions;
import io.diskformat.DirtyBitmap;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dirty bitmaps record what was written, by this library and by QEMU in turn. */
final class BitmapsTest {
  /** How many random images; {@code -Ddiskformat.bitmap.images=1000} for a long run. */
  private static final int IMAGES = Integer.getInteger("diskformat.bitmap.images", 4);

  private static final OpenOptions WRITABLE = OpenOptions.writable().format("qcow2");
  private static final OpenOptions READ_ONLY = OpenOptions.readOnly().format("qcow2");
  private static final Pattern EXTENT =
      Pattern.compile("\"start\": (\\d+), \"length\": (\\d+).*\"data\": (true|false)");

  @TempDir private Path directory;

  /** What a bitmap must be. */
  private static final class Model {
    final long granularity;
    boolean enabled;
    final BitSet dirty = new BitSet();

    Model(long granularity, boolean enabled) {
      this.granularity = granularity;
      this.enabled = enabled;
    }

    void write(long offset, long length) {
      if (enabled && length > 0) {
        add(offset, length);
      }
    }

    void add(long offset, long length) {
      dirty.set((int) (offset / granularity), (int) ((offset + length - 1) / granularity) + 1);
    }

    List<DirtyCursor.Range> ranges(long size) {
      List<DirtyCursor.Range> ranges = new ArrayList<>();
      for (int at = dirty.nextSetBit(0); at >= 0; ) {
        int end = dirty.nextClearBit(at);
        long start = at * granularity;
        ranges.add(new DirtyCursor.Range(start, Math.min(end * granularity, size) - start));
        at = dirty.nextSetBit(end);
      }
      return ranges;
    }
  }

  /** Tables that are longer than a cluster take places that were given up. */
  @Test
  void changesAgainAndAgainDoNotMakeTheFileLonger() throws IOException {
    Path image = directory.resolve("image");
    DiskImages.create(
        image, CreateOptions.format("qcow2").size(512 << 20).option("cluster_size", "512"));
    List<BitmapChange> changes =
        List.of(
            new BitmapChange.Add("a", OptionalLong.of(512), true),
            new BitmapChange.Clear("a"),
            new BitmapChange.Remove("a"));
    long after = 0;
    for (int i = 0; i < 40; i++) {
      for (BitmapChange change : changes) {
        try (ImageMaintenance opened = DiskImages.maintain(image, WRITABLE)) {
          opened.change(change);
        }
      }
      if (i == 3) {
        after = Files.size(image);
      }
    }
    assertTrue(Files.size(image) <= after, Files.size(image) + " bytes instead of " + after);
    Oracle.qemuImg("check", "-q", image).orFail();
  }

  /** A table without entries is one that QEMU refuses, with the image. */
  @Test
  void aDiskOfNoBytesHasNone() throws IOException {
    BitmapChange add = new BitmapChange.Add("a", OptionalLong.empty(), true);
    Path image = directory.resolve("image");
    DiskImages.create(image, CreateOptions.format("qcow2").size(0));
    try (ImageMaintenance opened = DiskImages.maintain(image, WRITABLE)) {
      assertThrows(UnsupportedFeatureException.class, () -> opened.change(add));
    }
    Oracle.qemuImg("check", "-q", image).orFail();
    try (DiskImage disk = DiskImages.open(image, WRITABLE)) {
      disk.resize(1 << 20);
    }
    try (ImageMaintenance opened = DiskImages.maintain(image, WRITABLE)) {
      opened.change(add);
    }
    try (DiskImage disk = DiskImages.open(image, WRITABLE)) {
      disk.write(0, new byte[1]);
      assertThrows(UnsupportedFeatureException.class, () -> disk.resize(0));
      assertEquals(1 << 20, disk.size());
    }
    Oracle.qemuImg("check", "-q", image).orFail();
    try (DiskImage disk = DiskImages.open(image, READ_ONLY)) {
      assertEquals(new DirtyCursor.Range(0, 64 << 10), disk.dirtyRanges("a").next());
    }
  }

  @Test
  void bothRecordWhatBothWrite() throws IOException {
    Oracle.of("qemu-img");
    Random seeds = new Random(Seeds.of(getClass(), 1));
    for (int i = 0; i < IMAGES; i++) {
      long seed = seeds.nextLong();
      Path image = directory.resolve("image" + i);
      try {
        work(image, new Random(seed));
      } catch (AssertionError | IOException | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
      Files.delete(image);
    }
  }

  private void work(Path image, Random random) throws IOException {
    long size = random.nextLong(1, 8 << 11) * 512;
    int clusterBits = random.nextInt(9, 18);
    String options = "cluster_size=" + (1 << clusterBits);
    if (clusterBits >= 14 && random.nextBoolean()) {
      options += ",extended_l2=on";
    }
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-o", options, image, size).orFail();
    Map<String, Model> models = new LinkedHashMap<>();
    for (int i = 0; i < 14; i++) {
      if (random.nextBoolean()) {
        changeBitmap(image, models, random);
      } else {
        write(image, size, models.values(), random);
      }
      Oracle.qemuImg("check", image).orFail();
    }
    check(image, size, models);
  }

  private static void changeBitmap(Path image, Map<String, Model> models, Random random)
      throws IOException {
    boolean ours = random.nextBoolean();
    List<String> names = List.copyOf(models.keySet());
    int kind = names.size() < 2 ? 0 : random.nextInt(6);
    String name = kind == 0 ? "b" + models.size() + "-" + random.nextInt(1000) : "";
    if (kind != 0) {
      name = names.get(random.nextInt(names.size()));
    }
    BitmapChange change;
    List<Object> command = new ArrayList<>(List.of("bitmap"));
    switch (kind) {
      case 0 -> {
        long granularity = 512L << random.nextInt(10);
        boolean enabled = random.nextInt(4) != 0;
        models.put(name, new Model(granularity, enabled));
        change = new BitmapChange.Add(name, OptionalLong.of(granularity), enabled);
        command.addAll(List.of("--add", "-g", granularity));
        command.addAll(enabled ? List.of() : List.of("--disable"));
      }
      case 1 -> {
        models.remove(name);
        change = new BitmapChange.Remove(name);
        command.add("--remove");
      }
      case 2 -> {
        models.get(name).dirty.clear();
        change = new BitmapChange.Clear(name);
        command.add("--clear");
      }
      case 3 -> {
        models.get(name).enabled = true;
        change = new BitmapChange.Enable(name);
        command.add("--enable");
      }
      case 4 -> {
        models.get(name).enabled = false;
        change = new BitmapChange.Disable(name);
        command.add("--disable");
      }
      default -> {
        String other = names.get(random.nextInt(names.size()));
        merge(image, models, name, other, ours);
        return;
      }
    }
    command.addAll(List.of(image, name));
    if (ours) {
      change(image, change);
    } else {
      Oracle.qemuImg(command.toArray()).orFail();
    }
  }

  private static void merge(
      Path image, Map<String, Model> models, String name, String other, boolean ours)
      throws IOException {
    Model target = models.get(name);
    List<DirtyCursor.Range> added = models.get(other).ranges(Long.MAX_VALUE / 2);
    if (target.granularity != models.get(other).granularity || name.equals(other) || ours) {
      // Not with QEMU, which merges bitmaps of one granularity only.
      try (DiskImage source = DiskImages.open(image, READ_ONLY.shared());
          ImageMaintenance maintained = DiskImages.maintain(image, WRITABLE)) {
        maintained.change(new BitmapChange.Merge(name, source.dirtyRanges(other)));
      }
    } else {
      Oracle.qemuImg("bitmap", "--merge", other, image, name).orFail();
    }
    added.forEach(range -> target.add(range.offset(), range.length()));
  }

  private static void change(Path image, BitmapChange change) throws IOException {
    try (ImageMaintenance maintained = DiskImages.maintain(image, WRITABLE)) {
      maintained.change(change);
    }
  }

  private static void write(Path image, long size, Iterable<Model> models, Random random)
      throws IOException {
    int writes = random.nextInt(1, 5);
    if (random.nextBoolean()) {
      try (DiskImage disk = DiskImages.open(image, WRITABLE)) {
        for (int i = 0; i < writes; i++) {
          long offset = random.nextLong(size);
          int length = (int) Math.min(size - offset, random.nextInt(1, 200_000));
          switch (random.nextInt(4)) {
            case 0 -> disk.writeZeroes(offset, length);
            case 1 -> disk.discard(offset, length);
            default -> disk.write(offset, RandomContent.of(random.nextLong(), offset, length));
          }
          models.forEach(model -> model.write(offset, length));
        }
      }
      return;
    }
    List<String> commands = new ArrayList<>();
    for (int i = 0; i < writes; i++) {
      long offset = random.nextLong(size / 512) * 512;
      long length = Math.min(size - offset, random.nextLong(1, 400) * 512);
      String verb = List.of("write", "write -z", "discard").get(random.nextInt(3));
      commands.addAll(List.of("-c", verb + " " + offset + " " + length));
      models.forEach(model -> model.write(offset, length));
    }
    commands.add(image.toString());
    Oracle.qemuIo(commands.toArray()).orFail();
  }

  private void check(Path image, long size, Map<String, Model> models) throws IOException {
    try (DiskImage disk = DiskImages.open(image, READ_ONLY)) {
      List<DirtyBitmap> expected = new ArrayList<>();
      models.forEach((name, model) ->
          expected.add(new DirtyBitmap(name, model.granularity, model.enabled, false)));
      assertEquals(sorted(expected), sorted(disk.bitmaps()));
      for (Map.Entry<String, Model> entry : models.entrySet()) {
        assertEquals(
            entry.getValue().ranges(size), ranges(disk.dirtyRanges(entry.getKey())), "ours");
      }
    }
    for (Map.Entry<String, Model> entry : models.entrySet()) {
      assertEquals(
          entry.getValue().ranges(size), qemuRanges(image, entry.getKey()), "QEMU's reading");
    }
  }

  private static List<String> sorted(List<DirtyBitmap> bitmaps) {
    return bitmaps.stream().map(DirtyBitmap::toString).sorted().toList();
  }

  private static List<DirtyCursor.Range> ranges(DirtyCursor cursor) throws IOException {
    List<DirtyCursor.Range> ranges = new ArrayList<>();
    for (DirtyCursor.Range range = cursor.next(); range != null; range = cursor.next()) {
      ranges.add(range);
    }
    return ranges;
  }

  /** Returns the ranges that QEMU shows over NBD, where what is dirty counts as no data. */
  private List<DirtyCursor.Range> qemuRanges(Path image, String bitmap) throws IOException {
    Path copy = directory.resolve("copy.qcow2");
    Path socket = directory.resolve("s");
    Files.copy(image, copy);
    Oracle.qemuImg("bitmap", "--disable", copy, bitmap).orFail();
    Oracle.of("qemu-nbd")
        .run("--fork", "-r", "-f", "qcow2", "-k", socket, "-B", bitmap, copy)
        .orFail();
    String output =
        Oracle.qemuImg(
                "map",
                "--output=json",
                "--image-opts",
                "driver=nbd,server.type=unix,server.path="
                    + socket
                    + ",x-dirty-bitmap=qemu:dirty-bitmap:"
                    + bitmap)
            .orFail()
            .output();
    Files.delete(copy);
    List<DirtyCursor.Range> ranges = new ArrayList<>();
    Matcher matcher = EXTENT.matcher(output);
    while (matcher.find()) {
      if (matcher.group(3).equals("false")) {
        long start = Long.parseLong(matcher.group(1));
        long length = Long.parseLong(matcher.group(2));
        if (!ranges.isEmpty() && ranges.getLast().end() == start) {
          DirtyCursor.Range last = ranges.removeLast();
          start = last.offset();
          length += last.length();
        }
        ranges.add(new DirtyCursor.Range(start, length));
      }
    }
    return ranges;
  }

  // What cannot be

  @Test
  void refusesWhatCannotBe() throws IOException {
    Path image = directory.resolve("image.qcow2");
    DiskImages.create(image, CreateOptions.format("qcow2").size(1 << 20));
    change(image, new BitmapChange.Add("a", OptionalLong.empty(), true));
    byte[] before = Files.readAllBytes(image);
    assertRefused(DiskFormatException.class, image, add("a", OptionalLong.empty()));
    assertRefused(IllegalArgumentException.class, image, add("", OptionalLong.empty()));
    assertRefused(
        IllegalArgumentException.class, image, add("x".repeat(1024), OptionalLong.empty()));
    for (long granularity : new long[] {0, 256, 513, 4L << 30}) {
      assertRefused(IllegalArgumentException.class, image, add("b", OptionalLong.of(granularity)));
    }
    assertRefused(DiskFormatException.class, image, new BitmapChange.Remove("b"));
    assertRefused(DiskFormatException.class, image, new BitmapChange.Clear("b"));
    assertRefused(DiskFormatException.class, image, new BitmapChange.Enable("b"));
    assertEquals(-1, java.util.Arrays.mismatch(before, Files.readAllBytes(image)));
    Path old = directory.resolve("old.qcow2");
    DiskImages.create(old, CreateOptions.format("qcow2").size(1 << 20).option("compat", "0.10"));
    assertRefused(UnsupportedFeatureException.class, old, add("b", OptionalLong.empty()));
    try (DiskImage disk = DiskImages.open(image, READ_ONLY)) {
      assertThrows(DiskFormatException.class, () -> disk.dirtyRanges("b"));
    }
    try (DiskImage disk = DiskImages.open(image, WRITABLE)) {
      assertThrows(UnsupportedOperationException.class, () -> disk.dirtyRanges("a"));
    }
  }

  private static BitmapChange add(String name, OptionalLong granularity) {
    return new BitmapChange.Add(name, granularity, true);
  }

  private static void assertRefused(
      Class<? extends Exception> because, Path image, BitmapChange change) {
    assertThrows(because, () -> change(image, change));
  }

  /** A writer that was killed leaves its mark, and then only removing is possible. */
  @Test
  void whatAWriterLeftIsInconsistent() throws IOException {
    Path image = directory.resolve("image.qcow2");
    DiskImages.create(image, CreateOptions.format("qcow2").size(1 << 20));
    change(image, new BitmapChange.Add("a", OptionalLong.empty(), true));
    Path copy = directory.resolve("copy.qcow2");
    try (DiskImage disk = DiskImages.open(image, WRITABLE)) {
      disk.write(0, new byte[] {1});
      disk.flush();
      Files.copy(image, copy);
    }
    try (DiskImage disk = DiskImages.open(copy, READ_ONLY)) {
      assertTrue(disk.bitmaps().getFirst().inconsistent());
      assertThrows(DiskFormatException.class, () -> disk.dirtyRanges("a"));
    }
    assertRefused(DiskFormatException.class, copy, new BitmapChange.Enable("a"));
    change(copy, new BitmapChange.Remove("a"));
    Oracle.qemuImg("check", copy).orFail();
    try (DiskImage disk = DiskImages.open(image, READ_ONLY)) {
      assertEquals(List.of(new DirtyCursor.Range(0, 65536)), ranges(disk.dirtyRanges("a")));
    }
  }
}
