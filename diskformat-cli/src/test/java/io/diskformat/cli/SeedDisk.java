package io.diskformat.cli;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;

/**
 * A disk as the installer of a distribution makes it: a partition for {@code /boot}, and one with a
 * group of volumes, of which {@code lvroot} has the system.
 */
final class SeedDisk {
  static final String RULES = "/etc/udev/rules.d/70-persistent-net.rules";
  static final String NETWORK = "/etc/sysconfig/network-scripts/ifcfg-eth0";

  private static final int SECTOR = 512;
  private static final int BOOT_AT = 2048;
  private static final int BOOT = 8192;
  private static final int PHYSICAL_AT = BOOT_AT + BOOT;

  /** Where extents begin, and how large one is, in sectors. */
  private static final int START = 2048;

  private static final int EXTENT = 2048;
  private static final int EXTENTS = 16;
  private static final int AREA = 4096;
  private static final String ID = "Pv0123-4567-89ab-cdef-GHIJ-KLMN-OPQRST";

  /** Where the volume is on the disk, in bytes. */
  static final long ROOT_AT = (long) (PHYSICAL_AT + START) * SECTOR;

  static final int ROOT = EXTENTS * EXTENT * SECTOR;

  private SeedDisk() {}

  /** Makes the image that the tool's demo changes: {@code guest.qcow2.gz} in this directory. */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createTempDirectory("seed-disk");
    Path disk = directory.resolve("disk.raw");
    make(disk, directory, "64bit,metadata_csum");
    Path image = directory.resolve("guest.qcow2");
    Oracle.Result _ =
        Oracle.qemuImg("convert", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=4k", disk, image)
            .orFail();
    try (GZIPOutputStream out =
        new GZIPOutputStream(Files.newOutputStream(Path.of("guest.qcow2.gz")))) {
      long _ = Files.copy(image, out);
    }
  }

  /**
   * Makes a disk.
   *
   * @param directory for what it is made of
   * @param features of mke2fs
   */
  static void make(Path image, Path directory, String features) throws IOException {
    Path files = Files.createDirectories(directory.resolve("root"));
    for (String name :
        List.of("bin", "boot", "usr", "etc/udev/rules.d", "etc/sysconfig/network-scripts")) {
      Files.createDirectories(files.resolve(name));
    }
    Files.writeString(files.resolve(RULES.substring(1)), "# PCI device\nNAME=\"eth0\"\n");
    Files.writeString(
        files.resolve(NETWORK.substring(1)),
        "DEVICE=eth0\nTYPE=Ethernet\nONBOOT=no\nNM_CONTROLLED=yes\nBOOTPROTO=none\n");
    Files.writeString(
        files.resolve("etc/fstab"),
        "/dev/mapper/vgsys-lvroot / ext4 defaults 1 1\nLABEL=boot /boot ext4 defaults 1 2\n");
    Files.writeString(files.resolve("etc/os-release"), "PRETTY_NAME=\"A guest 6.5\"\n");
    Files.writeString(files.resolve("etc/hostname"), "guest\n");
    Path bootFiles = Files.createDirectories(directory.resolve("boot"));
    Files.writeString(bootFiles.resolve("grub.conf"), "default=0\n");
    Path root = volume(directory, "lvroot", files, ROOT / 1024, features);
    Path boot = volume(directory, "boot-volume", bootFiles, BOOT / 2, features, "-L", "boot");
    try (FileChannel disk =
        FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      put(disk, (long) BOOT_AT * SECTOR, Files.readAllBytes(boot));
      put(disk, (long) PHYSICAL_AT * SECTOR, head());
      put(disk, ROOT_AT, Files.readAllBytes(root));
      put(disk, ROOT_AT + ROOT + SECTOR - 1, new byte[1]);
    }
    Oracle.of("sfdisk")
        .input(
            "label: dos\nlabel-id: 0x5eed0001\n%d,%d,83,*\n%d,,8e\n"
                .formatted(BOOT_AT, BOOT, PHYSICAL_AT))
        .run("-q", image)
        .orFail();
  }

  private static Path volume(
      Path directory, String name, Path files, int kibibytes, String features, String... more) {
    Path volume = directory.resolve(name);
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "-q",
                "-F",
                "-t",
                "ext4",
                "-b",
                4096,
                "-I",
                256,
                "-O",
                features,
                "-E",
                "root_owner=0:0",
                "-d",
                files));
    arguments.addAll(Arrays.asList(more));
    arguments.addAll(List.of(volume, kibibytes + "k"));
    Oracle.of("mke2fs").run(arguments.toArray()).orFail();
    return volume;
  }

  private static void put(FileChannel disk, long at, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      var _ = disk.write(buffer, at + buffer.position());
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** What Java's checksum has in common with LVM's. */
  private static int checksum(byte[] bytes, int from, int length) {
    CRC32 java = new CRC32();
    java.update(new byte[] {0x2D, 0x7D, 0x2C, 0x51});
    java.update(bytes, from, length);
    return ~(int) java.getValue();
  }

  /** Returns the label and the description at the start of the physical volume. */
  private static byte[] head() {
    byte[] head = new byte[START * SECTOR];
    ByteBuffer bytes = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    int size = head.length - AREA;
    bytes.put(SECTOR, ascii("LABELONE")).putLong(SECTOR + 8, 1).putInt(SECTOR + 0x14, 0x20);
    int at = SECTOR + 0x20;
    bytes.put(SECTOR + 0x18, ascii("LVM2 001")).put(at, ascii(ID.replace("-", "")));
    bytes.putLong(at + 32, head.length + ROOT).putLong(at + 40, head.length);
    bytes.putLong(at + 72, AREA).putLong(at + 80, size).putInt(at + 104, 2).putInt(at + 108, 1);
    bytes.putInt(SECTOR + 0x10, checksum(head, SECTOR + 0x14, SECTOR - 0x14));
    byte[] text = ascii(text() + "\0");
    bytes.put(AREA + 4, ascii(" LVM2 x[5A%r0N*>")).putInt(AREA + 0x14, 1);
    bytes.putLong(AREA + 0x18, AREA).putLong(AREA + 0x20, size);
    bytes.putLong(AREA + 0x28, SECTOR).putLong(AREA + 0x30, text.length);
    bytes.putInt(AREA + 0x38, checksum(text, 0, text.length));
    bytes.putInt(AREA, checksum(head, AREA + 4, SECTOR - 4));
    bytes.put(AREA + SECTOR, text);
    return head;
  }

  private static String text() {
    return """
    vgsys {
    id = "Vg0123-4567-89ab-cdef-GHIJ-KLMN-OPQRST"
    seqno = 3
    format = "lvm2"
    status = ["RESIZEABLE", "READ", "WRITE"]
    flags = []
    extent_size = %d
    max_lv = 0
    max_pv = 0
    metadata_copies = 0

    physical_volumes {
    pv0 {
    id = "%s"
    device = "/dev/sda2"
    status = ["ALLOCATABLE"]
    flags = []
    dev_size = %d
    pe_start = %d
    pe_count = %d
    }
    }

    logical_volumes {
    lvroot {
    id = "Lr0123-4567-89ab-cdef-GHIJ-KLMN-OPQRST"
    status = ["READ", "WRITE", "VISIBLE"]
    flags = []
    segment_count = 1
    segment1 {
    start_extent = 0
    extent_count = %d
    type = "striped"
    stripe_count = 1
    stripes = [
    "pv0", 0
    ]
    }
    }
    }
    }
    contents = "Text Format Volume Group"
    version = 1
    description = ""
    creation_host = "here"
    creation_time = 1400000000
    """
        .formatted(EXTENT, ID, START + EXTENTS * EXTENT, START, EXTENTS, EXTENTS);
  }
}
