package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.ReferencePolicy;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.EncryptedImage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Options of images are changed as qemu-img changes them. */
final class AmendTest {
  /** How many random ones; {@code -Ddiskformat.amend.images=1000} for a long run. */
  private static final int IMAGES = Integer.getInteger("diskformat.amend.images", 12);

  @TempDir private Path directory;

  private static void amend(Path image, Map<String, String> options) throws IOException {
    try (ImageMaintenance maintained =
        DiskImages.maintain(
            image,
            OpenOptions.writable().format("qcow2").references(ReferencePolicy.sameDirectory()))) {
      maintained.amend(options, ProgressListener.NONE);
    }
  }

  /** What qemu-img does we do, what it refuses we refuse, and the disks stay what they were. */
  @Test
  void asQemuDoes() throws IOException {
    Oracle.of("qemu-img");
    Random seeds = new Random(Seeds.of(getClass(), 1));
    int refused = 0;
    for (int i = 0; i < IMAGES; i++) {
      long seed = seeds.nextLong();
      Path here = Files.createDirectory(directory.resolve("at" + i));
      String story = "";
      try {
        Random random = new Random(seed);
        ImageSpec spec = ImageSpec.any(random);
        story = spec.toString();
        MadeImage made = new ImageMaker(here, random).make(spec);
        Map<String, String> options = options(random, made.size());
        story += options;
        refused += compare(here, made, options) ? 0 : 1;
      } catch (AssertionError | IOException | RuntimeException e) {
        throw new AssertionError("seed " + seed + " " + story + ": " + e.getMessage(), e);
      }
    }
    System.out.println(IMAGES + " images, " + refused + " amendments refused by both");
  }

  private static Map<String, String> options(Random random, long size) {
    Map<String, String> options = new LinkedHashMap<>();
    while (options.isEmpty()) {
      if (random.nextInt(2) == 0) {
        options.put("compat", random.nextBoolean() ? "0.10" : "v3");
      }
      if (random.nextInt(3) == 0) {
        options.put("lazy_refcounts", random.nextBoolean() ? "on" : "off");
      }
      if (random.nextInt(3) == 0) {
        options.put("refcount_bits", String.valueOf(1 << random.nextInt(7)));
      }
      if (random.nextInt(4) == 0) {
        options.put("size", String.valueOf(512 * (1 + random.nextInt((int) (size / 256)))));
      }
      if (random.nextInt(6) == 0) {
        options.put("data_file_raw", "off");
      }
    }
    return options;
  }

  private boolean compare(Path here, MadeImage made, Map<String, String> options)
      throws IOException {
    Path ours = made.path();
    boolean sound = qemuImg(here, "check", ours).exitCode() == 0;
    // Both have the same data file, if they have one, which QEMU may cut off.
    List<byte[]> before = contents(ours);
    Path theirs = Files.copy(ours, here.resolve("theirs.qcow2"));
    // Of some images QEMU 7.2 never comes to an end when it changes the width of refcounts.
    boolean widths = options.containsKey("refcount_bits");
    StringJoiner list = new StringJoiner(",");
    options.forEach((name, value) -> list.add(name + "=" + value));
    String theirOptions = list.toString().replaceAll(",?refcount_bits=[0-9]+", "");
    Oracle.Result expected =
        qemuImg(
            here,
            "amend",
            "-f",
            "qcow2",
            "-o",
            theirOptions.isEmpty() ? "compat=" + compat(ours) : theirOptions.replaceAll("^,", ""),
            theirs);
    try {
      amend(ours, options);
    } catch (IllegalArgumentException | UnsupportedFeatureException e) {
      boolean ofWidth = widths && e.getMessage().contains("efcount");
      assertTrue(ofWidth || expected.exitCode() == 1, () -> "we refuse: " + e.getMessage());
      return false;
    }
    // QEMU, which was not asked for the width, may need just that for the rest.
    boolean comparable = expected.exitCode() == 0;
    assertTrue(comparable || widths, expected::toString);
    if (sound) {
      qemuImg(here, "check", ours).orFail();
    }
    if (comparable) {
      assertEquals(info(here, theirs), info(here, ours));
    }
    if (widths) {
      try (DiskImage disk = DiskImages.open(ours, QCOW2.readOnly())) {
        assertEquals(
            options.get("refcount_bits"), disk.info().details().get("refcount-bits").toString());
      }
    }
    List<byte[]> after = contents(ours);
    assertEquals(before.size(), after.size());
    for (int i = 0; i < before.size(); i++) {
      int both = Math.min(before.get(i).length, after.get(i).length);
      assertArrayEquals(
          Arrays.copyOf(before.get(i), both), Arrays.copyOf(after.get(i), both), "disk " + i);
    }
    return true;
  }

  private static String compat(Path image) throws IOException {
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
      return disk.info().details().get("compat").toString();
    }
  }

  private static Oracle.Result qemuImg(Path in, Object... arguments) {
    return Oracle.of("qemu-img").in(in).run(arguments);
  }

  /** What qemu-img says of an image, but for its name and what it takes of the host. */
  private static String info(Path in, Path image) {
    return qemuImg(in, "info", image)
        .orFail()
        .output()
        .replaceAll("(?m)^(image|disk size|    refcount bits): .*$", "");
  }

  /** The disk, and that of each snapshot. */
  private static List<byte[]> contents(Path image) throws IOException {
    List<byte[]> contents = new ArrayList<>();
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
      contents.add(content(disk));
      for (var snapshot : disk.info().snapshots()) {
        try (var device = disk.openSnapshot(snapshot.id())) {
          contents.add(content(device));
        }
      }
    }
    return contents;
  }

  private static byte[] content(io.diskformat.BlockDevice disk) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(disk.size())];
    disk.read(0, bytes);
    return bytes;
  }

  /** What is added, and what version 2 cannot record as zero, is encrypted zeroes. */
  @Test
  void anEncryptedDiskStaysWhatItIs() throws IOException {
    int size = 1 << 20;
    EncryptedImage image = new EncryptedImage(directory.resolve("i"), "qcow2", "secret");
    DiskImages.create(image.file(), image.creation(size, Map.of("cluster_size", "4k")));
    byte[] expected = RandomContent.of(1, 0, size);
    try (DiskImage disk = DiskImages.open(image.file(), image.options(true))) {
      disk.write(0, expected);
      disk.writeZeroes(8192, 100_000);
      var _ = disk.createSnapshot("before");
    }
    Arrays.fill(expected, 8192, 108_192, (byte) 0);
    for (String option :
        List.of(
            "lazy_refcounts=on",
            "size=" + (2 * size + 512),
            "refcount_bits=32",
            "refcount_bits=16",
            "size=" + (size - 512),
            "size=" + size,
            "compat=0.10",
            "compat=v3")) {
      String[] both = option.split("=");
      int before = expected.length;
      expected =
          both[0].equals("size") ? Arrays.copyOf(expected, Integer.parseInt(both[1])) : expected;
      try (ImageMaintenance opened = DiskImages.maintain(image.file(), image.options(true))) {
        opened.amend(Map.of(both[0], both[1]), ProgressListener.NONE);
      }
      Path raw = directory.resolve("raw");
      image.exportByQemu(raw);
      assertArrayEquals(expected, Files.readAllBytes(raw), option + " from " + before);
      try (DiskImage disk = DiskImages.open(image.file(), image.options(false))) {
        assertArrayEquals(expected, content(disk), option);
      }
      image.byQemu("check").orFail();
    }
  }

  @Test
  void refusesWhatCannotBe() throws IOException {
    Path image = directory.resolve("image.qcow2");
    DiskImages.create(image, CreateOptions.format("qcow2").size(1 << 20));
    byte[] before = Files.readAllBytes(image);
    for (String option :
        List.of(
            "cluster_size=4096",
            "preallocation=full",
            "backing_file=x",
            "data_file=x",
            "data_file_raw=on",
            "extended_l2=on",
            "compression_type=zstd",
            "nonesuch=1",
            "compat=7",
            "refcount_bits=3")) {
      String[] both = option.split("=");
      var e =
          assertThrows(
              IllegalArgumentException.class, () -> amend(image, Map.of(both[0], both[1])), option);
      assertEquals(true, e.getMessage().contains(both[0].split("_")[0]), e.getMessage());
    }
    assertArrayEquals(before, Files.readAllBytes(image));
  }

  @Test
  void aDataFileKeepsAName() throws IOException {
    Path image = directory.resolve("image.qcow2");
    QCOW2.create(image, "data_file=image.data", 1 << 20);
    assertThrows(IllegalArgumentException.class, () -> amend(image, Map.of("data_file", "")));
    DiskImages.open(image, QCOW2.readOnly()).close();
  }
}
