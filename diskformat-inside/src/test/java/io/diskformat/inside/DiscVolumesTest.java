package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Discs that boot from other disks, too: a file system as a whole, and partitions. */
class DiscVolumesTest {
  @TempDir Path directory;
  private Path files;
  private Path efi;

  @BeforeEach
  void make() throws IOException {
    files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("readme"), "on the disc\n");
    Path loader = Files.writeString(directory.resolve("loader"), "loader\n");
    efi = directory.resolve("efi");
    Oracle.of("mkfs.fat").run("-n", "EFI", "-C", efi, 1440).orFail();
    Oracle.of("mcopy").run("-i", efi, loader, "::").orFail();
  }

  private Path disc(String... options) {
    Path disc = directory.resolve("disc.iso");
    List<Object> arguments =
        new ArrayList<>(List.of("-as", "mkisofs", "-quiet", "-R", "-V", "A_DISC", "-o", disc));
    arguments.addAll(Arrays.asList(options));
    arguments.add(files);
    Oracle.of("xorriso").run(arguments.toArray()).orFail();
    return disc;
  }

  private static DiskImage open(Path disc) throws IOException {
    return DiskImages.open(disc, OpenOptions.readOnly().format("raw"));
  }

  private static String blkid(Path disc, String tag) {
    return Oracle.of("blkid").run("-p", "-o", "value", "-s", tag, disc).output().strip();
  }

  @ParameterizedTest
  @CsvSource({"dos, ''", "gpt, -appended_part_as_gpt"})
  void bothAreListed(String kind, String option) throws IOException {
    List<String> options =
        new ArrayList<>(List.of("-append_partition", "2", "0xef", efi.toString()));
    if (!option.isEmpty()) {
      options.add(option);
    }
    Path disc = disc(options.toArray(String[]::new));
    assertEquals(kind, blkid(disc, "PTTYPE"));
    assertEquals("iso9660", blkid(disc, "TYPE"));
    try (DiskImage image = open(disc)) {
      Disk disk = Disk.of(image);
      assertEquals(kind, disk.table().orElseThrow().kind().toString());
      Volume whole = disk.volumes().getFirst();
      assertEquals(Volume.Kind.DISK, whole.kind());
      assertEquals("/dev/sda", whole.name());
      assertEquals("iso9660", whole.content().type());
      assertEquals(blkid(disc, "LABEL"), whole.content().label());
      assertEquals(blkid(disc, "UUID"), whole.content().uuid());
      assertEquals("vfat", disk.volume("/dev/sda2").content().type());
      try (FileSystem mounted = disk.mount("/dev/sda")) {
        assertEquals("on the disc\n", Files.readString(mounted.getPath("/readme")));
      }
      try (FileSystem mounted = disk.mount("/dev/sda2")) {
        assertEquals("loader\n", Files.readString(mounted.getPath("/loader")));
      }
    }
  }

  @Test
  void aDiscWithoutPartitionsIsListedOnce() throws IOException {
    try (DiskImage image = open(disc())) {
      Disk disk = Disk.of(image);
      assertTrue(disk.table().isEmpty());
      assertEquals(
          List.of("/dev/sda: iso9660"),
          disk.volumes().stream()
              .map(volume -> volume.name() + ": " + volume.content().type())
              .toList());
    }
  }
}
