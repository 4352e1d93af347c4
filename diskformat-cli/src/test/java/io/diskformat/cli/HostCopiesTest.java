package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.ReferencePolicy;
import io.diskformat.device.JoinedDevice;
import io.diskformat.device.PlainBytes;
import io.diskformat.device.PlainTarget;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The host copies what two images store as it is, whatever their formats. */
final class HostCopiesTest {
  private static final int MIB = 1 << 20;
  private static final int DISK = 5 * MIB;
  private static final int SECTOR = 512;

  private final long seed = Seeds.of(HostCopiesTest.class, 1);
  private final Random random = new Random(seed);
  @TempDir private Path directory;
  private byte[] content = {};
  private Path raw = Path.of("");

  /** A kind of image: its format, and options as in a command. */
  private record Kind(String format, String options) {
    CreateOptions create(Path path) {
      CreateOptions create = CreateOptions.format(format).references(ReferencePolicy.any());
      for (String option : options.isEmpty() ? new String[0] : options.split(",")) {
        String[] pair = option.split("=");
        String value = pair[0].equals("data_file") ? path + ".data" : pair[1];
        create = create.option(pair[0], value);
      }
      return create;
    }

    @Override
    public String toString() {
      return format + " " + options;
    }
  }

  private static final List<Kind> TARGETS =
      List.of(
          new Kind("raw", ""),
          new Kind("qcow2", ""),
          new Kind("qcow2", "cluster_size=4k"),
          new Kind("qcow2", "extended_l2=on"),
          new Kind("qcow2", "data_file=x,data_file_raw=on"),
          new Kind("qcow2", "data_file=x"),
          new Kind("vdi", ""),
          new Kind("vdi", "static=on"),
          new Kind("vdi", "block_size=4M"),
          new Kind("vmdk", ""),
          new Kind("vmdk", "subformat=monolithicFlat"),
          new Kind("vmdk", "subformat=twoGbMaxExtentFlat"),
          new Kind("vmdk", "subformat=twoGbMaxExtentSparse"));

  private static final List<Kind> SOURCES =
      List.of(
          new Kind("vmdk", "subformat=streamOptimized"),
          new Kind("qcow2", "compression_type=zstd"));

  @BeforeEach
  void makeDisk() throws IOException {
    content = new byte[DISK];
    raw = directory.resolve("disk.raw");
    try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
      file.setLength(DISK);
      for (int at = 0; at < DISK; ) {
        int end = Math.min(DISK, at + SECTOR * random.nextInt(1, 2000));
        if (random.nextInt(3) > 0) {
          byte[] bytes = new byte[end - at];
          random.nextBytes(bytes);
          System.arraycopy(bytes, 0, content, at, bytes.length);
          file.seek(at);
          file.write(bytes);
        }
        at = end;
      }
    }
  }

  private static OpenOptions reading(Kind kind) {
    return OpenOptions.readOnly().format(kind.format()).references(ReferencePolicy.any());
  }

  private static OpenOptions writing(Kind kind) {
    return OpenOptions.writable().format(kind.format()).references(ReferencePolicy.any());
  }

  private static byte[] all(BlockDevice image) throws IOException {
    byte[] bytes = new byte[(int) image.size()];
    image.read(0, bytes);
    return bytes;
  }

  private Path path(Kind kind, String what) {
    return directory.resolve(
        what + "-" + kind.toString().replaceAll("[^a-zA-Z0-9]", "_") + "." + kind.format());
  }

  private static void check(Path path, Kind kind) throws IOException {
    if (!kind.format().equals("raw")) {
      try (ImageMaintenance maintenance = DiskImages.maintain(path, reading(kind))) {
        assertEquals(List.of(), maintenance.check().problems(), kind::toString);
      }
    }
  }

  /** From each kind to each: what comes out is the disk, for this library and for QEMU. */
  @Test
  void ofAnyKindToAnyOther() throws IOException {
    List<Kind> sources = new ArrayList<>(TARGETS);
    sources.addAll(SOURCES);
    for (Kind from : sources) {
      Path source = path(from, "from");
      try (DiskImage disk = DiskImages.open(raw, OpenOptions.readOnly().format("raw"))) {
        Conversion conversion = Conversion.from(disk).to(source, from.create(source));
        (from.options().startsWith("compression") ? conversion.compress() : conversion).run();
      }
      Kind to = TARGETS.get(random.nextInt(TARGETS.size()));
      for (Kind kind : from.format().equals("raw") ? TARGETS : List.of(TARGETS.getFirst(), to)) {
        String what = from + " to " + kind + ": " + Seeds.toRepeat(seed);
        Path target = path(kind, "to");
        try (DiskImage disk = DiskImages.open(source, reading(from))) {
          Conversion.from(disk).offload().to(target, kind.create(target).replaceExisting()).run();
        }
        try (DiskImage made = DiskImages.open(target, reading(kind))) {
          assertArrayEquals(content, all(made), what);
        }
        check(target, kind);
        // QEMU reads no others.
        boolean blocksOfMib = !kind.options().contains("block_size");
        if (from.format().equals("raw") && blocksOfMib) {
          Oracle.qemuImg("compare", "-f", "raw", "-F", kind.format(), raw, target).orFail();
        }
      }
    }
  }

  /** Whole clusters are copied in one go wherever the host copies from one raw image to another. */
  @Test
  void noByteComesBy() throws IOException {
    try (DiskImage disk = DiskImages.open(raw, OpenOptions.readOnly().format("raw"))) {
      PlainBytes.Range range = Objects.requireNonNull(((PlainBytes) disk).plainAt(0));
      long length = MIB;
      Long plain = null;
      for (Kind kind : TARGETS) {
        Path path = path(kind, "by");
        DiskImages.create(path, kind.create(path).size(DISK));
        try (DiskImage image = DiskImages.open(path, writing(kind))) {
          long copied = ((PlainTarget) image).copyFrom(range, 0, length);
          plain = plain == null ? (Long) copied : plain;
          assertTrue(copied == 0 ? plain == 0 : copied >= 32 * 4096, kind + ": " + copied);
          byte[] expected = Arrays.copyOf(Arrays.copyOf(content, (int) copied), DISK);
          assertArrayEquals(expected, all(image), kind::toString);
        }
        try (DiskImage image = DiskImages.open(path, reading(kind))) {
          PlainBytes.Range stored = ((PlainBytes) image).plainAt(0);
          assertEquals(plain == 0, stored == null, kind::toString);
        }
        check(path, kind);
      }
    }
  }

  /**
   * Whatever the host copies to a new image is there before that is made durable and gets its name:
   * so a power cut leaves no name, or the whole.
   */
  @Test
  void nothingIsCopiedOnceItHasItsName() throws IOException {
    for (Kind kind : TARGETS) {
      Path target = path(kind, "new");
      List<Long> done = new ArrayList<>();
      List<byte[]> atTheEnd = new ArrayList<>();
      ProgressListener listener =
          (bytes, total) -> {
            assertTrue(Files.notExists(target), kind::toString);
            done.add(bytes);
            if (bytes == total) {
              atTheEnd.add(partial(target));
            }
          };
      try (DiskImage disk = DiskImages.open(raw, OpenOptions.readOnly().format("raw"))) {
        Conversion.from(disk).offload().progress(listener).to(target, kind.create(target)).run();
      }
      assertEquals((long) DISK, done.getLast(), kind::toString);
      if (kind.format().equals("raw")) {
        assertArrayEquals(content, atTheEnd.getLast());
      }
    }
  }

  /** Returns what a file that has no name yet holds. */
  private static byte[] partial(Path target) {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(
            target.resolveSibling("."), "." + target.getFileName() + ".*.partial")) {
      return Files.readAllBytes(files.iterator().next());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What surrounds it has to come from somewhere. */
  @Test
  void aPartOfANewClusterIsLeftToTheCaller() throws IOException {
    Kind kind = TARGETS.get(1);
    Path path = path(kind, "part");
    DiskImages.create(path, kind.create(path).size(DISK));
    try (DiskImage disk = DiskImages.open(raw, OpenOptions.readOnly().format("raw"));
        DiskImage image = DiskImages.open(path, writing(kind))) {
      PlainBytes.Range range = Objects.requireNonNull(((PlainBytes) disk).plainAt(0));
      assertEquals(0, ((PlainTarget) image).copyFrom(range, SECTOR, MIB));
      assertEquals(0, ((PlainTarget) image).copyFrom(range, 0, SECTOR));
      assertArrayEquals(new byte[DISK], all(image));
      image.write(0, new byte[] {1});
      long there = ((PlainTarget) image).copyFrom(range, SECTOR, SECTOR);
      byte[] expected = new byte[DISK];
      expected[0] = 1;
      System.arraycopy(content, 0, expected, SECTOR, (int) there);
      assertArrayEquals(expected, all(image));
    }
  }

  /** Ranges of any alignment, over what is there, before and after a snapshot. */
  @Test
  void overWhatIsThere() throws IOException {
    try (DiskImage disk = DiskImages.open(raw, OpenOptions.readOnly().format("raw"))) {
      for (Kind kind : TARGETS) {
        String what = kind + ": " + Seeds.toRepeat(seed);
        Path path = path(kind, "over");
        DiskImages.create(path, kind.create(path).size(DISK));
        byte[] expected = new byte[DISK];
        byte[] kept = {};
        boolean snapshots = kind.format().equals("qcow2") && !kind.options().contains("data_file");
        try (DiskImage image = DiskImages.open(path, writing(kind))) {
          for (int i = 0; i < 60; i++) {
            if (i == 30 && snapshots) {
              kept = expected.clone();
              var _ = image.createSnapshot("kept");
            }
            int grain = random.nextBoolean() ? SECTOR : 65536;
            int at = random.nextInt(DISK / grain) * grain;
            int length = Math.min(DISK - at, random.nextInt(1, MIB / grain) * grain);
            int from = random.nextInt((DISK - length) / SECTOR + 1) * SECTOR;
            PlainBytes.Range range = Objects.requireNonNull(((PlainBytes) disk).plainAt(from));
            int copied = (int) ((PlainTarget) image).copyFrom(range, at, length);
            System.arraycopy(content, from, expected, at, copied);
            if (random.nextBoolean()) {
              byte[] bytes = Arrays.copyOfRange(content, from + copied, from + length);
              image.write(at + copied, bytes);
              System.arraycopy(bytes, 0, expected, at + copied, bytes.length);
            }
            if (random.nextInt(10) == 0) {
              image.flush();
            }
          }
          assertArrayEquals(expected, all(image), what);
          if (snapshots) {
            try (BlockDevice snapshot = image.openSnapshot("kept")) {
              assertArrayEquals(kept, all(snapshot), what);
            }
          }
        }
        try (DiskImage image = DiskImages.open(path, reading(kind))) {
          assertArrayEquals(expected, all(image), what);
        }
        check(path, kind);
      }
    }
  }

  /** A conversion over an image that is there, of a part of a disk and of a chain. */
  @Test
  void partsAndChains() throws IOException {
    Path base = directory.resolve("base.qcow2");
    Path top = directory.resolve("top.qcow2");
    Oracle.qemuImg("convert", "-f", "raw", "-O", "qcow2", raw, base).orFail();
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", top, "6M").orFail();
    OpenOptions any = OpenOptions.readOnly().references(ReferencePolicy.any());
    Kind kind = TARGETS.get(1);
    byte[] expected = Arrays.copyOf(content, 6 * MIB);
    try (DiskImage image = DiskImages.open(top, writing(kind))) {
      byte[] bytes = new byte[3 * SECTOR];
      random.nextBytes(bytes);
      image.write(MIB + SECTOR, bytes);
      System.arraycopy(bytes, 0, expected, MIB + SECTOR, bytes.length);
    }
    int from = SECTOR * random.nextInt(100);
    for (Kind to : TARGETS) {
      Path target = path(to, "part");
      DiskImages.create(target, to.create(target).size(expected.length));
      try (DiskImage chain = DiskImages.open(top, any);
          DiskImage image = DiskImages.open(target, writing(to))) {
        byte[] noise = new byte[2 * MIB];
        random.nextBytes(noise);
        image.write(MIB / 2, noise);
        Conversion.from(chain).offload().into(image).run();
        assertArrayEquals(expected, all(image), to::toString);
        BlockDevice part = JoinedDevice.slice(chain, from, 4L * MIB);
        BlockDevice place = JoinedDevice.slice(image, MIB, 5L * MIB);
        Conversion.from(part).offload().into(place).run();
        byte[] moved = expected.clone();
        System.arraycopy(expected, from, moved, MIB, 4 * MIB);
        assertArrayEquals(moved, all(image), to::toString);
      }
      check(target, to);
    }
  }
}
