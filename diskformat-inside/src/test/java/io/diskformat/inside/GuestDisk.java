package io.diskformat.inside;

import io.diskformat.inside.lvm.MadeVolumes;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The disk of a guest: a partition for {@code /boot}, and one with logical volumes, of which the
 * root's is in two pieces around that for swap.
 */
final class GuestDisk {
  private static final int MEBIBYTE = 1 << 20;
  private static final int BOOT_AT = 1;
  private static final int BOOT = 8;
  private static final int PHYSICAL_AT = BOOT_AT + BOOT;
  private static final int EXTENTS_OF_ROOT = 4096;
  private static final int EXTENTS_OF_SWAP = 256;
  private static final String VISIBLE = "\"READ\", \"WRITE\", \"VISIBLE\"";

  final Path image;
  final Path root;
  final Path swap;
  final Path boot;

  /**
   * Makes a disk.
   *
   * @param directory for it, and what it is made of
   * @param ext options of mke2fs
   */
  GuestDisk(Path directory, String... ext) throws IOException {
    Path files = Files.createDirectories(directory.resolve("root-files"));
    for (String name : List.of("etc/udev/rules.d", "usr", "bin", "boot", "var/log")) {
      Files.createDirectories(files.resolve(name));
    }
    Files.writeString(files.resolve("etc/hostname"), "guest\n");
    Files.writeString(files.resolve("etc/os-release"), "PRETTY_NAME=\"CentOS release 6.5\"\n");
    Files.writeString(
        files.resolve("etc/fstab"),
        """
        /dev/mapper/vg-root / ext4 defaults 1 1
        UUID=11111111-1111-4111-8111-111111111111 /boot ext4 defaults 1 2
        /dev/mapper/vg-swap swap swap defaults 0 0
        """);
    Files.writeString(files.resolve("etc/udev/rules.d/70-persistent-net.rules"), "# eth0\n");
    Files.write(files.resolve("var/log/messages"), content(3_000_000));
    Path bootFiles = Files.createDirectories(directory.resolve("boot-files"));
    Files.write(bootFiles.resolve("vmlinuz"), content(2_000_000));

    boot = volume(directory, "boot", bootFiles, BOOT + "M", ext);
    Oracle.of("tune2fs").run("-U", "11111111-1111-4111-8111-111111111111", boot).orFail();
    root = volume(directory, "root", files, extents(EXTENTS_OF_ROOT) / 1024 + "k", ext);
    swap = directory.resolve("swap");
    try (FileChannel channel =
        FileChannel.open(swap, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), extents(EXTENTS_OF_SWAP) - 1);
    }
    Oracle.of("mkswap").run("-L", "swapped", swap).orFail();
    image = directory.resolve("disk.raw");
    assemble();
  }

  private static byte[] content(int length) {
    byte[] content = new byte[length];
    for (int i = 0; i < length; i++) {
      content[i] = (byte) (i * 31 >> 7);
    }
    return content;
  }

  private static Path volume(Path directory, String name, Path files, String size, String... ext) {
    Path volume = directory.resolve(name);
    List<Object> arguments = new ArrayList<>(List.of("-q", "-L", name, "-d", files));
    arguments.addAll(Arrays.asList(ext));
    arguments.addAll(List.of(volume, size));
    Oracle.of("mke2fs").run(arguments.toArray()).orFail();
    return volume;
  }

  private static long extents(int count) {
    return (long) count * MadeVolumes.EXTENT * MadeVolumes.SECTOR;
  }

  /** Makes the volume group have a snapshot of the root's volume. */
  void addSnapshotOfRoot() throws IOException {
    String more =
        MadeVolumes.volume("changes", VISIBLE, MadeVolumes.segment(0, 1, "zero", ""))
            + MadeVolumes.volume(
                "snapshot0",
                "\"READ\", \"WRITE\"",
                MadeVolumes.segment(
                    0,
                    EXTENTS_OF_ROOT,
                    "snapshot",
                    "chunk_size = 8\norigin = \"root\"\ncow_store = \"changes\""));
    writeHead(head(VISIBLE, more));
  }

  /** Makes the volume group say that nobody writes the root's volume. */
  void makeRootReadOnly() throws IOException {
    writeHead(head("\"READ\", \"VISIBLE\"", ""));
  }

  private void writeHead(byte[] head) throws IOException {
    try (FileChannel disk = FileChannel.open(image, StandardOpenOption.WRITE)) {
      disk.write(ByteBuffer.wrap(head), (long) PHYSICAL_AT * MEBIBYTE);
    }
  }

  /**
   * Returns what a physical volume begins with.
   *
   * @param status of the root's volume
   * @param more volumes beside the two
   */
  private static byte[] head(String status, String more) {
    int half = EXTENTS_OF_ROOT / 2;
    String text =
        MadeVolumes.group(
            3,
            EXTENTS_OF_ROOT + EXTENTS_OF_SWAP,
            1,
            MadeVolumes.volume(
                    "root",
                    status,
                    MadeVolumes.segment(0, half, "striped", stripe(0)),
                    MadeVolumes.segment(half, half, "striped", stripe(half + EXTENTS_OF_SWAP)))
                + MadeVolumes.volume(
                    "swap",
                    VISIBLE,
                    MadeVolumes.segment(0, EXTENTS_OF_SWAP, "striped", stripe(half)))
                + more);
    byte[] head = new byte[MadeVolumes.START * MadeVolumes.SECTOR];
    MadeVolumes.label(head, MadeVolumes.id(0), text, false);
    return head;
  }

  private void assemble() throws IOException {
    int half = EXTENTS_OF_ROOT / 2;
    long start = (long) MadeVolumes.START * MadeVolumes.SECTOR;
    long physical = (long) PHYSICAL_AT * MEBIBYTE;
    try (FileChannel disk =
        FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      put(disk, (long) BOOT_AT * MEBIBYTE, boot, 0, Files.size(boot));
      disk.write(ByteBuffer.wrap(head(VISIBLE, "")), physical);
      put(disk, physical + start, root, 0, extents(half));
      put(disk, physical + start + extents(half), swap, 0, extents(EXTENTS_OF_SWAP));
      long second = physical + start + extents(half + EXTENTS_OF_SWAP);
      put(disk, second, root, extents(half), extents(half));
      disk.write(ByteBuffer.allocate(1), second + extents(half) - 1 + MEBIBYTE);
    }
    Oracle.of("sfdisk")
        .input(
            "label: dos\nlabel-id: 0x5eed0001\n%d,%d,83,*\n%d,,8e\n"
                .formatted(BOOT_AT * 2048, BOOT * 2048, PHYSICAL_AT * 2048))
        .run("-q", image)
        .orFail();
  }

  private static String stripe(int extent) {
    return "stripe_count = 1 # linear\nstripes = [\n\"pv0\", " + extent + "\n]";
  }

  private static void put(FileChannel disk, long at, Path from, long offset, long length)
      throws IOException {
    try (FileChannel channel = FileChannel.open(from)) {
      ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(length, channel.size() - offset));
      while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
        // All of it.
      }
      disk.write(buffer.flip(), at);
    }
  }
}
