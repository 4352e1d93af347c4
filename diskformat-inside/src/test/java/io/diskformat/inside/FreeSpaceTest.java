package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.ReadingDevice;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is free on the disks of a guest, whose volumes are in several pieces. */
class FreeSpaceTest {
  @TempDir Path directory;

  private static String free(FreeSpace space) {
    StringBuilder text = new StringBuilder();
    space
        .volumes()
        .forEach(volume ->
            text.append(volume.name())
                .append(' ')
                .append(volume.type())
                .append(volume.problem().isEmpty() ? " free" : " as it is")
                .append('\n'));
    return text.toString();
  }

  private static DiskImage open(Path image, OpenOptions options) throws IOException {
    return DiskImages.open(image, options.format("raw"));
  }

  @Test
  void findsItThroughLogicalVolumes() throws IOException {
    GuestDisk made = new GuestDisk(directory, "-t", "ext4");
    Path sparse = directory.resolve("sparse.qcow2");
    try (DiskImage disk = open(made.image, OpenOptions.writable())) {
      Disk inside = Disk.of(disk);
      BlockDevice root = inside.volume("/dev/vg/root").device();
      byte[] before = bytes(root);
      FreeSpace space = FreeSpace.of(Set.of("/dev/sda1"), disk);
      assertEquals(
          "/dev/sda2 LVM2_member as it is\n/dev/vg/root ext4 free\n/dev/vg/swap swap as it is\n",
          free(space));
      assertEquals(
          root.size() - inside.volume("/dev/vg/root").content().used().orElseThrow(),
          space.bytes());
      // What it takes for free is the volume's, and nothing else on the disk changes.
      Conversion.from(space.without(0)).to(sparse, CreateOptions.format("qcow2")).run();
      try (DiskImage result = DiskImages.open(sparse)) {
        Disk theirs = Disk.of(result);
        for (String name : List.of("/dev/sda1", "/dev/vg/swap")) {
          assertTrue(
              Comparison.of(inside.volume(name).device(), theirs.volume(name).device())
                  .run()
                  .isIdentical(),
              name);
        }
        Path volume = directory.resolve("volume");
        byte[] after = bytes(theirs.volume("/dev/vg/root").device());
        Files.write(volume, after);
        Oracle.of("e2fsck").run("-fn", volume).orFail();
        assertEquals(before.length, after.length);
      }
    }
  }

  /** Blocks of a volume that were freed after a snapshot was made are in use in the snapshot. */
  @Test
  void leavesVolumesWithSnapshotsAsTheyAre() throws IOException {
    GuestDisk made = new GuestDisk(directory, "-t", "ext4");
    made.addSnapshotOfRoot();
    try (DiskImage disk = open(made.image, OpenOptions.writable())) {
      FreeSpace space = FreeSpace.of(Set.of("/dev/sda1", "/dev/sda2", "/dev/vg/swap"), disk);
      assertEquals("/dev/vg/changes unknown as it is\n/dev/vg/root ext4 as it is\n", free(space));
      assertEquals(0, space.bytes());
      UnsupportedFeatureException e =
          assertThrows(UnsupportedFeatureException.class, () -> Disk.of(disk).edit("/dev/vg/root"));
      assertEquals("changing files of what has an LVM snapshot", e.feature());
    }
  }

  private static byte[] bytes(BlockDevice device) throws IOException {
    byte[] bytes = new byte[(int) device.size()];
    device.read(0, bytes);
    return bytes;
  }

  @Test
  void readsZeroesThereAndNowhereElse() throws IOException {
    GuestDisk made = new GuestDisk(directory, "-t", "ext4", "-b", "1024");
    byte[] stored = Files.readAllBytes(made.image);
    Random random = new Random(1);
    try (BlockDevice disk = new MemoryDevice(stored)) {
      FreeSpace space = FreeSpace.of(Set.of(), disk);
      BlockDevice view = space.without(0);
      byte[] shown = bytes(view);
      long different = 0;
      for (int i = 0; i < shown.length; i++) {
        assertTrue(shown[i] == stored[i] || shown[i] == 0);
        different += shown[i] != stored[i] ? 1 : 0;
      }
      assertTrue(different <= space.bytes());
      for (int i = 0; i < 200; i++) {
        int from = random.nextInt(shown.length);
        byte[] part = new byte[random.nextInt(Math.min(100_000, shown.length - from))];
        view.read(from, MemorySegment.ofArray(part));
        assertTrue(Arrays.equals(part, Arrays.copyOfRange(shown, from, from + part.length)));
      }
      long[] holes = new long[1];
      ExtentCursor extents = view.extents();
      for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
        holes[0] += extent.isPresent() ? 0 : extent.length();
      }
      assertEquals(space.bytes(), holes[0]);
    }
  }

  @Test
  void leavesPartitionsThatOverlap() throws IOException {
    GuestDisk made = new GuestDisk(directory, "-t", "ext4");
    Path overlapping = Files.copy(made.image, directory.resolve("overlapping"));
    byte[] bytes = Files.readAllBytes(overlapping);
    // The second begins with the first.
    System.arraycopy(bytes, 446 + 8, bytes, 462 + 8, 4);
    try (BlockDevice disk = new MemoryDevice(bytes)) {
      FreeSpace space = FreeSpace.of(Set.of(), disk);
      assertEquals("/dev/sda1 ext4 as it is\n/dev/sda2 ext4 as it is\n", free(space));
      assertEquals(0, space.bytes());
      assertThrows(DiskFormatException.class, () -> FreeSpace.of(Set.of("/dev/sdb1"), disk));
    }
  }

  /** A volume may be named as a guest has it. */
  @Test
  void leavesVolumesByAnyOfTheirNames() throws IOException {
    GuestDisk made = new GuestDisk(directory, "-t", "ext4");
    try (DiskImage disk = open(made.image, OpenOptions.readOnly())) {
      FreeSpace space = FreeSpace.of(Set.of("/dev/vda1", "/dev/mapper/vg-root"), disk);
      assertEquals("/dev/sda2 LVM2_member as it is\n/dev/vg/swap swap as it is\n", free(space));
      assertEquals(0, space.bytes());
    }
  }

  /** What is on a partition is where the partition is. */
  @Test
  void leavesLogicalVolumesOnPartitionsThatOverlap() throws IOException {
    GuestDisk made = new GuestDisk(directory, "-t", "ext4");
    byte[] bytes = Files.readAllBytes(made.image);
    ByteBuffer table = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    // The first ends with the disk, too.
    table.putInt(446 + 12, bytes.length / 512 - table.getInt(446 + 8));
    try (BlockDevice disk = new MemoryDevice(bytes)) {
      FreeSpace space = FreeSpace.of(Set.of("/dev/vg/swap"), disk);
      assertEquals(
          "/dev/sda1 ext4 as it is\n/dev/sda2 LVM2_member as it is\n/dev/vg/root ext4 as it is\n",
          free(space));
      assertEquals(0, space.bytes());
    }
  }

  /** A disc that boots from other disks, too, may have a file where a partition of FAT is. */
  @Test
  void leavesPartitionsOfADisc() throws IOException {
    Path esp = directory.resolve("esp");
    Oracle.of("mkfs.fat").run("-C", esp, 1440).orFail();
    byte[] bytes = new byte[4 << 20];
    byte[] fat = Files.readAllBytes(esp);
    System.arraycopy(fat, 0, bytes, 1 << 20, fat.length);
    ByteBuffer table = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    table.putShort(510, (short) 0xAA55).put(446 + 4, (byte) 0xEF);
    table.putInt(446 + 8, 2048).putInt(446 + 12, fat.length / 512);
    try (BlockDevice disk = new MemoryDevice(bytes)) {
      assertEquals("/dev/sda1 vfat free\n", free(FreeSpace.of(Set.of(), disk)));
    }
    table.put(0x8000, "\1CD001\1".getBytes(StandardCharsets.US_ASCII));
    try (BlockDevice disk = new MemoryDevice(bytes)) {
      FreeSpace space = FreeSpace.of(Set.of(), disk);
      assertEquals("/dev/sda iso9660 as it is\n/dev/sda1 vfat as it is\n", free(space));
      assertEquals(0, space.bytes());
    }
  }

  @Test
  void keepsABoundedNumberOfRanges() {
    RangeList list = new RangeList();
    Random random = new Random(1);
    long bytes = 0;
    for (long i = 3_000_000; i > 0; i--) {
      long length = 512L * (1 + random.nextInt(15));
      bytes += length;
      list.add(i * 8192, length);
    }
    list.sort();
    assertTrue(list.count() <= 1 << 20, () -> list.count() + " ranges");
    assertTrue(list.bytes() > bytes / 4 && list.bytes() < bytes);
    for (int i = 1; i < list.count(); i++) {
      assertTrue(list.start(i) > list.end(i - 1));
    }
    assertEquals(0, list.endedAt(0));
    assertEquals(list.count(), list.endedAt(Long.MAX_VALUE));
    assertEquals(7, list.endedAt(list.end(6)));
    assertEquals(6, list.endedAt(list.end(6) - 1));
  }

  /** Whatever is damaged, ranges are within the volume and in order, or that is refused. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mke2fs -q -t ext4 -b 1024 FILE 8M",
        "mke2fs -q -t ext4 -O bigalloc -b 4096 FILE 16M",
        "mke2fs -q -t ext2 -O meta_bg,^resize_inode -g 1024 -b 1024 FILE 8M",
        "mkfs.fat -C FILE 1440",
        "mkfs.fat -F 32 -C FILE 40000",
        "mkfs.xfs -q -m crc=0 -d file,name=FILE,size=320m"
      })
  void noDamageMatters(String command) throws IOException {
    Path volume = directory.resolve("volume");
    List<String> words =
        new ArrayList<>(List.of(command.replace("FILE", volume.toString()).split(" ")));
    Oracle.of(words.removeFirst()).run(words.toArray()).orFail();
    try (DiskImage disk = open(volume, OpenOptions.readOnly())) {
      damage(disk);
    }
  }

  private void damage(BlockDevice disk) throws IOException {
    long size = disk.size();
    byte[] head = new byte[(int) Math.min(1 << 20, size)];
    disk.read(0, head);
    Random random = new Random(Seeds.of(getClass(), 1));
    int refused = 0;
    int mutations = Integer.getInteger("diskformat.mutations", 150);
    for (int i = 0; i < mutations; i++) {
      byte[] damaged = head.clone();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        int within = random.nextInt(3) == 0 ? damaged.length : 4096;
        int at = random.nextInt(within);
        damaged[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (damaged[at] ^ 1);
      }
      BlockDevice device = new Damaged(damaged, disk);
      long[] end = {0};
      try {
        FileTrees.freeRanges(
            device,
            (offset, length) -> {
              assertTrue(offset >= end[0] && length > 0 && length <= size - offset);
              end[0] = offset + length;
            });
      } catch (DiskFormatException e) {
        refused++;
      }
    }
    assertTrue(refused > 0 && refused < mutations, refused + " refused");
  }

  /** A volume whose first bytes are others. */
  private static final class Damaged extends ReadingDevice {
    private final byte[] head;
    private final BlockDevice disk;

    Damaged(byte[] head, BlockDevice disk) {
      super("damaged", disk.size());
      this.head = head;
      this.disk = disk;
    }

    @Override
    protected void readRange(long offset, MemorySegment target) throws IOException {
      disk.read(offset, target);
      long length = Math.min(target.byteSize(), head.length - offset);
      if (length > 0) {
        MemorySegment.copy(MemorySegment.ofArray(head), offset, target, 0, length);
      }
    }
  }
}
