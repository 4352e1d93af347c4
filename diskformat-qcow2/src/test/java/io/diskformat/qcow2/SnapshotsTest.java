package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ProgressListener;
import io.diskformat.Snapshot;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Snapshots are taken, gone back to and deleted, and disks resized, by this library and by qemu-img
 * in turn.
 */
final class SnapshotsTest {
  /** How many random images; {@code -Ddiskformat.snapshots.images=1000} for a long run. */
  private static final int IMAGES = Integer.getInteger("diskformat.snapshots.images", 10);

  private static final int STEPS = 14;
  private static final int SECTOR = 512;

  @TempDir private Path directory;

  @Test
  void inTurnWithQemu() throws IOException {
    Oracle.of("qemu-img");
    Random seeds = new Random(Seeds.of(getClass(), 1));
    for (int i = 0; i < IMAGES; i++) {
      long seed = seeds.nextLong();
      Turns turns = new Turns(new Random(seed));
      try {
        turns.run();
      } catch (IOException | RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ":" + turns.story + ": " + e.getMessage(), e);
      }
    }
  }

  /** A snapshot may claim a disk of more L2 tables than fit an index of 32 bits. */
  @Test
  void farBehindASnapshotsTablesIsNothing() throws IOException {
    Path image = directory.resolve("image.qcow2");
    QCOW2.create(image, "cluster_size=512", 1 << 20);
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      disk.write(0, RandomContent.of(1, 0, 4096));
      var _ = disk.createSnapshot("s");
    }
    long coverage = 512 * (512 / Long.BYTES);
    long again = coverage << Integer.SIZE;
    long record;
    try (FileChannel file = FileChannel.open(image)) {
      ByteBuffer field = ByteBuffer.allocate(Long.BYTES);
      int _ = file.read(field, HeaderLayout.SNAPSHOT_TABLE);
      record = field.getLong(0);
    }
    HeaderPatch _ = HeaderPatch.of(image).putLong(record + 40 + Long.BYTES, 2 * again);
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly());
        BlockDevice snapshot = disk.openSnapshot("s")) {
      assertEquals(2 * again, snapshot.size());
      byte[] read = new byte[4096];
      snapshot.read(0, read);
      assertArrayEquals(RandomContent.of(1, 0, 4096), read);
      snapshot.read(again, read);
      assertArrayEquals(new byte[4096], read);
    }
  }

  /** What a snapshot must be. */
  private record Expected(String id, String name, byte[] content) {}

  /** An image, and what it must hold. */
  private final class Turns {
    private final Random random;
    private final Path image = directory.resolve("image.qcow2");
    private final StringBuilder story = new StringBuilder();
    private final List<Expected> snapshots = new ArrayList<>();
    private byte[] model = new byte[0];
    private boolean version2;
    private int cluster;
    private int values = 1;

    Turns(Random random) {
      this.random = random;
    }

    void run() throws IOException {
      create();
      for (int i = 0; i < STEPS; i++) {
        step();
        verify();
      }
    }

    private void create() throws IOException {
      version2 = random.nextInt(4) == 0;
      boolean extended = !version2 && random.nextInt(3) == 0;
      cluster = 1 << (extended ? 14 + random.nextInt(3) : 9 + random.nextInt(8));
      model = new byte[SECTOR * (1 + random.nextInt(Math.min(4000, 100 * cluster / SECTOR)))];
      CreateOptions options =
          CreateOptions.format("qcow2")
              .size(model.length)
              .replaceExisting()
              .option("cluster_size", String.valueOf(cluster))
              .option("compat", version2 ? "0.10" : "1.1")
              .option("extended_l2", extended ? "on" : "off");
      if (!version2) {
        options = options.option("refcount_bits", String.valueOf(8 << random.nextInt(4)));
      }
      if (random.nextInt(3) == 0) {
        byte[] base = RandomContent.of(1, 0, SECTOR * (1 + random.nextInt(model.length / 256)));
        Files.write(directory.resolve("base.raw"), base);
        System.arraycopy(base, 0, model, 0, Math.min(base.length, model.length));
        options = options.option("backing_file", "base.raw").option("backing_fmt", "raw");
      }
      story.append(' ').append(options.options());
      DiskImages.create(image, options);
    }

    private void step() throws IOException {
      boolean ours = random.nextInt(3) > 0;
      String who = ours ? " we " : " they ";
      int chosen = snapshots.isEmpty() ? -1 : random.nextInt(snapshots.size());
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> {
          if (snapshots.size() < 6) {
            String name = random.nextInt(3) == 0 ? "same" : "s" + random.nextInt(1000);
            story.append(who).append("create ").append(name);
            create(name, ours);
          }
        }
        case 3, 4 -> {
          if (chosen >= 0) {
            story.append(who).append("apply ").append(snapshots.get(chosen).id);
            apply(snapshots.get(chosen), ours);
          }
        }
        case 5, 6 -> {
          if (chosen >= 0) {
            story.append(who).append("delete ").append(snapshots.get(chosen).id);
            delete(snapshots.get(chosen), ours);
          }
        }
        default -> {
          story.append(who).append("resize");
          resize(ours);
        }
      }
      story.append(" we write");
      write();
    }

    private Oracle.Result qemuImg(Object... arguments) {
      return Oracle.of("qemu-img").in(directory).run(arguments);
    }

    private void create(String name, boolean ours) throws IOException {
      String id;
      if (ours) {
        try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
          id = disk.createSnapshot(name).id();
        }
      } else {
        qemuImg("snapshot", "-c", name, image).orFail();
        try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
          id = disk.info().snapshots().getLast().id();
        }
      }
      snapshots.add(new Expected(id, name, model.clone()));
    }

    private void apply(Expected snapshot, boolean ours) throws IOException {
      if (ours) {
        try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
          disk.applySnapshot(snapshot.id);
          assertEquals(snapshot.content.length, disk.size());
        }
      } else {
        qemuImg("snapshot", "-a", snapshot.id, image).orFail();
      }
      model = snapshot.content.clone();
    }

    /** qemu-img takes names only, and the first of that name. */
    private void delete(Expected snapshot, boolean ours) throws IOException {
      Expected gone = snapshot;
      if (ours) {
        try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
          disk.deleteSnapshot(snapshot.id);
        }
      } else {
        qemuImg("snapshot", "-d", snapshot.name, image).orFail();
        gone = snapshots.stream().filter(s -> s.name.equals(snapshot.name)).findFirst().get();
      }
      snapshots.remove(gone);
    }

    private void resize(boolean ours) throws IOException {
      boolean smaller = random.nextInt(3) == 0;
      int size =
          smaller
              ? SECTOR * (1 + random.nextInt(model.length / SECTOR))
              : model.length + SECTOR * (1 + random.nextInt(2 * cluster / SECTOR + 2));
      String mode =
          smaller ? "off" : List.of("off", "metadata", "falloc", "full").get(random.nextInt(4));
      if (version2 && !snapshots.isEmpty()) {
        try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
          assertThrows(UnsupportedFeatureException.class, () -> disk.resize(size));
        }
        return;
      }
      story.append(' ').append(size).append(' ').append(mode);
      if (ours) {
        try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
          disk.resize(size, mode, ProgressListener.NONE);
        }
      } else {
        qemuImg("resize", "-q", "--shrink", "--preallocation=" + mode, "-f", "qcow2", image, size)
            .orFail();
      }
      int before = model.length;
      model = Arrays.copyOf(model, size);
      if (!ours && size > before) {
        // QEMU shows again what the last cluster holds from when the disk was larger.
        int last = Math.min(size, (before + cluster - 1) & -cluster) - before;
        byte[] shown = new byte[last];
        try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
          disk.read(before, shown);
        }
        System.arraycopy(shown, 0, model, before, last);
      }
    }

    private void write() throws IOException {
      try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
        for (int i = random.nextInt(5); i >= 0; i--) {
          int offset = SECTOR * random.nextInt(model.length / SECTOR);
          int most = Math.min((model.length - offset) / SECTOR, 4 * cluster / SECTOR + 8);
          byte[] content = RandomContent.of(++values, offset, SECTOR * (1 + random.nextInt(most)));
          switch (random.nextInt(6)) {
            case 0 -> {
              content = new byte[content.length];
              disk.writeZeroes(offset, content.length);
            }
            case 1 -> {
              offset = offset & -cluster;
              content =
                  RandomContent.of(++values, offset, Math.min(cluster, model.length - offset));
              Arrays.fill(content, content.length / 2, content.length, (byte) 3);
              disk.writeCompressed(offset, MemorySegment.ofArray(content));
            }
            default -> disk.write(offset, content);
          }
          System.arraycopy(content, 0, model, offset, content.length);
        }
      }
    }

    private void verify() throws IOException {
      Oracle.Result check = qemuImg("check", "-f", "qcow2", image);
      assertEquals(0, check.exitCode(), check::toString);
      try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
        assertArrayEquals(model, content(disk));
        List<Snapshot> listed = disk.info().snapshots();
        assertEquals(snapshots.stream().map(Expected::id).toList(), ids(listed));
        for (Expected snapshot : snapshots) {
          try (BlockDevice device = disk.openSnapshot(snapshot.id)) {
            assertArrayEquals(snapshot.content, content(device), snapshot.name);
          }
        }
      }
      if (!snapshots.isEmpty() && random.nextInt(4) == 0) {
        Expected any = snapshots.get(random.nextInt(snapshots.size()));
        Path raw = directory.resolve("snapshot.raw");
        qemuImg("convert", "-l", "snapshot.id=" + any.id, "-O", "raw", image, raw).orFail();
        byte[] read = Files.readAllBytes(raw);
        int both = Math.min(read.length, any.content.length);
        // QEMU shows it with the size that the disk has now.
        assertArrayEquals(Arrays.copyOf(any.content, both), Arrays.copyOf(read, both));
      }
    }
  }

  private static List<String> ids(List<Snapshot> snapshots) {
    return snapshots.stream().map(Snapshot::id).toList();
  }

  private static byte[] content(BlockDevice disk) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(disk.size())];
    disk.read(0, bytes);
    return bytes;
  }

  /** Byte by byte, except for when it was. */
  @Test
  void anEntryIsAsQemuWritesIt() throws IOException {
    List<byte[]> entries = new ArrayList<>();
    for (boolean ours : List.of(true, false)) {
      Path image = directory.resolve(ours + ".qcow2");
      DiskImages.create(image, CreateOptions.format("qcow2").size(1 << 20));
      if (ours) {
        try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
          disk.createSnapshot("one \u00e4");
        }
      } else {
        Oracle.qemuImg("snapshot", "-c", "one \u00e4", image).orFail();
      }
      byte[] file = Files.readAllBytes(image);
      java.nio.ByteBuffer header = java.nio.ByteBuffer.wrap(file);
      int at = (int) header.getLong(HeaderLayout.SNAPSHOT_TABLE);
      byte[] entry = Arrays.copyOfRange(file, at + 8, at + 128);
      Arrays.fill(entry, 8, 16, (byte) 0);
      entries.add(entry);
    }
    assertArrayEquals(entries.get(1), entries.get(0));
  }

  @Test
  void aReaderOfADeletedSnapshotGetsAnException() throws IOException {
    Path image = directory.resolve("image.qcow2");
    DiskImages.create(image, CreateOptions.format("qcow2").size(1 << 20));
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      byte[] old = RandomContent.of(1, 0, 1 << 20);
      disk.write(0, old);
      String id = disk.createSnapshot("one").id();
      disk.createSnapshot("two");
      disk.write(0, RandomContent.of(2, 0, 1 << 20));
      BlockDevice reader = disk.openSnapshot(id);
      BlockDevice other = disk.openSnapshot("two");
      assertArrayEquals(old, content(reader));
      disk.deleteSnapshot(id);
      DiskFormatException e = assertThrows(DiskFormatException.class, () -> content(reader));
      assertEquals(image + "@1: this snapshot was deleted", e.getMessage());
      assertThrows(DiskFormatException.class, reader::extents);
      assertThrows(DiskFormatException.class, () -> disk.openSnapshot(id));
      assertArrayEquals(old, content(other));
    }
  }

  @Test
  void refusesWhatCannotBe() throws IOException {
    Path image = directory.resolve("image.qcow2");
    CreateOptions options = CreateOptions.format("qcow2").size(1 << 20).replaceExisting();
    DiskImages.create(image, options.option("refcount_bits", "1"));
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      disk.write(0, new byte[] {1});
      assertThrows(UnsupportedFeatureException.class, () -> disk.createSnapshot("x"));
      assertThrows(IllegalArgumentException.class, () -> disk.createSnapshot("x".repeat(256)));
      assertThrows(DiskFormatException.class, () -> disk.applySnapshot("1"));
      assertThrows(DiskFormatException.class, () -> disk.deleteSnapshot("1"));
      disk.write(70000, new byte[] {2});
      assertEquals(List.of(), disk.info().snapshots());
    }
    assertEquals("", QCOW2.problemOf(image));
    Oracle.qemuImg("check", image).orFail();
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
      assertThrows(UnsupportedOperationException.class, () -> disk.createSnapshot("x"));
    }
    DiskImages.create(image, options.option("data_file", "image.data"));
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      assertThrows(UnsupportedFeatureException.class, () -> disk.createSnapshot("x"));
    }
  }
}
