package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.inspect.Partition;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.ContentHash;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest's disk with partitions and logical volumes, in images of all formats. */
class GuestDiskTest {
  @TempDir Path directory;

  private Path image(GuestDisk disk, String format) {
    Path image = directory.resolve("disk." + format);
    switch (format) {
      case "raw" -> {}
      case "qcow2 over raw" ->
          Oracle.qemuImg("create", "-q", "-f", "qcow2", "-b", disk.image, "-F", "raw", image)
              .orFail();
      default -> Oracle.qemuImg("convert", "-f", "raw", "-O", format, disk.image, image).orFail();
    }
    return image;
  }

  private static DiskImage open(Path image) throws IOException {
    return DiskImages.open(
        image, OpenOptions.readOnly().references(ReferencePolicy.sameDirectory()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2", "qcow2 over raw", "vmdk", "vdi"})
  void looksInside(String format) throws IOException {
    GuestDisk made =
        new GuestDisk(directory, "-t", "ext4", "-O", "^64bit,^metadata_csum,uninit_bg");
    try (DiskImage opened = open(image(made, format))) {
      Disk disk = Disk.of(opened);
      assertEquals(List.of(), disk.problems());
      assertEquals(
          List.of(
              "/dev/sda1: ext4 boot",
              "/dev/sda2: LVM2_member ",
              "/dev/vg/root: ext4 root",
              "/dev/vg/swap: swap swapped"),
          disk.volumes().stream()
              .map(volume ->
                  volume.name() + ": " + volume.content().type() + " " + volume.content().label())
              .toList());
      assertEquals(List.of(1, 2), disk.partitions().stream().map(Partition::number).toList());
      assertSameDisk(made.root, disk.volume("/dev/vg/root").device());
      assertSameDisk(made.swap, disk.volume("/dev/vg/swap").device());
      assertSameDisk(made.boot, disk.volume("/dev/sda1").device());
      List<GuestSystem> systems = disk.systems();
      assertEquals(
          List.of(
              new GuestSystem(
                  "CentOS release 6.5",
                  "/dev/vg/root",
                  Map.of("/", "/dev/vg/root", "/boot", "/dev/sda1"))),
          systems);
      try (FileSystem files = disk.mount(systems.getFirst().mounts())) {
        assertEquals("guest\n", Files.readString(files.getPath("/etc/hostname")));
        assertEquals(
            -1,
            Files.mismatch(
                directory.resolve("boot-files/vmlinuz"), files.getPath("/boot/vmlinuz")));
        assertEquals(
            -1,
            Files.mismatch(
                directory.resolve("root-files/var/log/messages"),
                files.getPath("/var/log/messages")));
      }
      // The image is open still.
      try (FileSystem files = disk.mount("/dev/sda1")) {
        assertTrue(Files.exists(files.getPath("/vmlinuz")));
      }
    }
  }

  /** Engines work on a volume as on any disk. */
  private static void assertSameDisk(Path expected, BlockDevice volume) throws IOException {
    try (BlockDevice theirs = DiskImages.open(expected, OpenOptions.readOnly().format("raw"))) {
      assertTrue(Comparison.of(theirs, volume).run().isIdentical());
      assertEquals(ContentHash.sha256().of(theirs).hex(), ContentHash.sha256().of(volume).hex());
    }
  }

  @Test
  void saysWhatIsNotThere() throws IOException {
    GuestDisk made = new GuestDisk(directory, "-t", "ext4");
    try (DiskImage opened = open(made.image)) {
      Disk disk = Disk.of(opened);
      assertThrows(DiskFormatException.class, () -> disk.mount("/dev/sda9"));
      assertThrows(DiskFormatException.class, () -> disk.mount("/dev/vg/swap"));
      assertThrows(IllegalArgumentException.class, () -> disk.mount(Map.of("/x", "/dev/sda1")));
      assertThrows(IllegalArgumentException.class, () -> disk.mount(Map.of("/../x", "/dev/sda1")));
      assertThrows(IllegalArgumentException.class, Disk::of);
    }
  }

  /** A name that a guest has for a volume is one volume's, or none's. */
  @Test
  void otherNamesOfVolumesAreClear() throws IOException {
    Path one = directory.resolve("one");
    Path two = directory.resolve("two");
    Oracle.of("mke2fs").run("-q", "-t", "ext4", "-L", "same", one, "8M").orFail();
    Oracle.of("mke2fs").run("-q", "-t", "ext4", "-L", "same", two, "8M").orFail();
    try (DiskImage first = DiskImages.open(one, OpenOptions.readOnly().format("raw"));
        DiskImage second = DiskImages.open(two, OpenOptions.readOnly().format("raw"))) {
      Disk disk = Disk.of(first, second);
      for (Volume volume : disk.volumes()) {
        assertEquals(volume, disk.volume("UUID=" + volume.content().uuid()));
      }
      DiskFormatException e =
          assertThrows(DiskFormatException.class, () -> disk.volume("LABEL=same"));
      assertTrue(
          e.getMessage().endsWith(": has several volumes LABEL=same: /dev/sda, /dev/sdb"),
          e.getMessage());
      // Neither has a partition, nor therefore a label of one.
      for (String none : new String[] {"LABEL=", "UUID=", "PARTLABEL=", "/dev/disk/by-label/"}) {
        assertThrows(DiskFormatException.class, () -> disk.volume(none), none);
      }
    }
  }

  @Test
  void readsWhatLvmLetsNobodyWrite() throws IOException {
    GuestDisk made = new GuestDisk(directory, "-t", "ext4");
    made.makeRootReadOnly();
    try (DiskImage opened = DiskImages.open(made.image, OpenOptions.writable().format("raw"))) {
      Disk disk = Disk.of(opened);
      UnsupportedFeatureException e =
          assertThrows(UnsupportedFeatureException.class, () -> disk.edit("/dev/vg/root"));
      assertEquals("changing files of an LVM volume that is read-only", e.feature());
      disk.edit("/dev/sda1").close();
      try (FileSystem files = disk.mount("/dev/vg/root")) {
        assertTrue(Files.exists(files.getPath("/etc/hostname")));
      }
    }
  }
}
