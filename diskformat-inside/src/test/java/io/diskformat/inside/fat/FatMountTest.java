package io.diskformat.inside.fat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.inside.Disk;
import io.diskformat.inside.TarArchive;
import io.diskformat.inside.Volume;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes of FAT among others. */
class FatMountTest {
  @TempDir Path directory;
  private Path firmware;

  @BeforeEach
  void make() throws IOException {
    firmware = directory.resolve("firmware");
    FatFlavour.FAT16.make(firmware);
    Path files = Files.createDirectories(directory.resolve("files/EFI"));
    Files.writeString(files.resolve("grub.cfg"), "a menu");
    FatFiles.run("mcopy", "-s", "-m", "-i", firmware, files, "::");
  }

  @Test
  void isInOneTreeWithOthers() throws IOException {
    Path files = Files.createDirectories(directory.resolve("root/boot/efi"));
    Files.writeString(files.resolveSibling("kernel"), "a kernel");
    Files.setPosixFilePermissions(
        files.resolveSibling("kernel"), PosixFilePermissions.fromString("rw-r-----"));
    Path etc = Files.createDirectories(directory.resolve("root/etc"));
    Files.createDirectories(directory.resolve("root/usr"));
    Files.writeString(
        etc.resolve("fstab"),
        "/dev/sda / ext4 ro 0 1\nUUID=" + uuid() + " /boot/efi vfat ro 0 2\n");
    Path root = directory.resolve("ext");
    Oracle.of("mke2fs")
        .run("-q", "-t", "ext4", "-d", directory.resolve("root"), root, "16M")
        .orFail();
    try (DiskImage first = DiskImages.open(root);
        DiskImage second = DiskImages.open(firmware)) {
      Disk disk = Disk.of(first, second);
      Map<String, String> places = Map.of("/", "/dev/sda", "/boot/efi", "/dev/sdb");
      assertEquals(places, disk.systems().getFirst().mounts());
      try (FileSystem mounted = disk.mount(places)) {
        assertEquals("a kernel", Files.readString(mounted.getPath("/boot/kernel")));
        assertEquals("a menu", Files.readString(mounted.getPath("/boot/efi/efi/GRUB.CFG")));
        assertEquals("rw-r-----", permissions(mounted.getPath("/boot/kernel")));
        assertEquals("rwxr-xr-x", permissions(mounted.getPath("/boot/efi/EFI/grub.cfg")));
        assertArchived("a menu", "boot/efi/EFI/grub.cfg", mounted);
        assertArchived("a kernel", "boot/kernel", mounted);
      }
    }
  }

  @Test
  void isArchived() throws IOException {
    try (DiskImage opened = DiskImages.open(firmware);
        FileSystem mounted = Disk.of(opened).mount("/dev/sda")) {
      assertArchived("a menu", "EFI/grub.cfg", mounted);
    }
  }

  private String uuid() {
    return Oracle.of("blkid")
        .run("-p", "-o", "value", "-s", "UUID", firmware)
        .orFail()
        .output()
        .strip();
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(
        Files.readAttributes(file, PosixFileAttributes.class).permissions());
  }

  private void assertArchived(String content, String name, FileSystem mounted) throws IOException {
    Path archive = directory.resolve("archive.tar");
    try (OutputStream out = Files.newOutputStream(archive)) {
      TarArchive.write(mounted.getPath("/"), out);
    }
    assertEquals(content, Oracle.of("tar").run("-xOf", archive, "./" + name).orFail().output());
  }

  /** Of as few clusters, Microsoft makes FAT16; {@code mkfs.fat} what it is asked for. */
  @Test
  void readsWideTablesOfFewClusters() throws IOException {
    Path image = directory.resolve("few");
    Oracle.of("mkfs.fat").run("-F", "32", "-s", "8", "-n", "FEW", "-C", image, 20_000).orFail();
    try (DiskImage opened = DiskImages.open(image)) {
      FileTree tree = FileTrees.open(opened, Map.of());
      assertEquals("fat32", tree.kind());
      assertEquals("FEW", tree.label());
      assertEquals(List.of(), MadeFat.names(tree.root()));
    }
  }

  /** Its table of 5 MiB is not counted. */
  @Test
  void believesWhatLargeVolumesSayIsFree() throws IOException {
    Path image = directory.resolve("large");
    Oracle.of("mkfs.fat").run("-F", "32", "-s", "64", "-C", image, 40 << 20).orFail();
    OpenOptions raw = OpenOptions.readOnly().format("raw");
    try (DiskImage opened = DiskImages.open(image, raw)) {
      Volume volume = Disk.of(opened).volumes().getFirst();
      long used = volume.content().used().orElseThrow();
      // Tables, and the root.
      assertTrue(used > 10 << 20 && used < 11 << 20, () -> "used: " + used);
    }
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(512 + 0x1E8);
      file.writeInt(-1);
    }
    try (DiskImage opened = DiskImages.open(image, raw)) {
      assertEquals(OptionalLong.empty(), Disk.of(opened).volumes().getFirst().content().used());
    }
  }
}
