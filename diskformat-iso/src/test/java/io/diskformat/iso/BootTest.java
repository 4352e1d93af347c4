package io.diskformat.iso;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.ProgressListener;
import io.diskformat.iso.build.AppendedPartition;
import io.diskformat.iso.build.BootEntry;
import io.diskformat.iso.build.DiscAttributes;
import io.diskformat.iso.build.DiscBuilder;
import io.diskformat.iso.build.DiscContent;
import io.diskformat.iso.build.DiscOptions;
import io.diskformat.iso.build.HybridBoot;
import io.diskformat.iso.build.Remaster;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that were made boot, as discs and as disks; and so does what is made of them. */
final class BootTest {
  private static final DiscAttributes ATTRIBUTES =
      DiscAttributes.of(0644, Instant.ofEpochSecond(1_000_000_000));
  private static final Path FIRMWARE = Path.of("/usr/share/ovmf/OVMF.fd");
  private static final String BIOS = "hello from a BIOS";
  private static final String UEFI = "hello from UEFI";

  /** What the program's last instruction makes of the process. */
  private static final int ENDED = 3;

  @TempDir Path directory;
  private Path image;
  private Path efi;

  @BeforeEach
  void makePrograms() throws IOException {
    image = directory.resolve("made.iso");
    efi = BootPrograms.forUefi(directory, UEFI);
  }

  private DiscBuilder disc() {
    return new DiscBuilder(DiscOptions.defaults().joliet(DiscOptions.Joliet.STANDARD))
        .addFile("/README", DiscContent.of("read me".getBytes()), ATTRIBUTES)
        .addFile("/boot/bios.img", DiscContent.of(BootPrograms.forBios(BIOS)), ATTRIBUTES)
        .addFile("/boot/efi.img", DiscContent.of(efi), ATTRIBUTES)
        .bootCatalog("/boot/boot.cat")
        .boot(BootEntry.bios("/boot/bios.img").infoTable(true));
  }

  /** Boots from a file as a GUID partition table has it, or from a partition behind the files. */
  private DiscBuilder hybrid(boolean appended) {
    HybridBoot hybrid = HybridBoot.isolinux(BootPrograms.masterBootRecord()).guidTable(true);
    if (!appended) {
      return disc().boot(BootEntry.uefi("/boot/efi.img")).hybrid(hybrid);
    }
    return disc()
        .boot(BootEntry.uefi("").ofPartition(2))
        .hybrid(
            hybrid.append(new AppendedPartition(2, AppendedPartition.UEFI, DiscContent.of(efi))));
  }

  private void write(DiscBuilder disc) throws IOException {
    disc.write(image, true, ProgressListener.NONE);
  }

  private String report(String what) {
    return Oracle.of("xorriso")
        .run("-indev", image, what, "plain")
        .orFail()
        .output()
        .replaceAll(" +", " ");
  }

  /** Boots a virtual machine, and returns what it writes to its serial port. */
  private static String boot(boolean uefi, Object... drive) {
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "-machine",
                "q35,accel=tcg",
                "-m",
                "256",
                "-nodefaults",
                "-display",
                "none",
                "-serial",
                "stdio",
                "-no-reboot"));
    arguments.addAll(List.of("-device", "isa-debug-exit,iobase=0xf4,iosize=4"));
    if (uefi) {
      arguments.addAll(List.of("-bios", FIRMWARE));
    }
    arguments.addAll(List.of(drive));
    Oracle.Result result =
        Oracle.of("qemu-system-x86_64").timeout(Duration.ofMinutes(5)).run(arguments.toArray());
    assertEquals(ENDED, result.exitCode(), result.toString());
    return result.output();
  }

  private void assertBootsAsDisc(boolean uefi) {
    String output = boot(uefi, "-cdrom", image);
    assertTrue(output.endsWith(uefi ? UEFI : BIOS), output);
  }

  private void assertBootsAsDisk(boolean uefi) {
    String output =
        boot(
            uefi,
            "-drive",
            "format=raw,snapshot=on,if=none,id=d,file=" + image,
            "-device",
            "ide-hd,drive=d");
    assertTrue(output.endsWith(uefi ? UEFI : BIOS), output);
  }

  private void assertBootsEverywhere() {
    assertBootsAsDisc(false);
    assertBootsAsDisk(false);
    assumeFirmware();
    assertBootsAsDisc(true);
    assertBootsAsDisk(true);
  }

  private static void assumeFirmware() {
    Assumptions.assumeTrue(
        Files.exists(FIRMWARE) || "required".equals(System.getProperty("diskformat.oracles")),
        "no " + FIRMWARE);
  }

  @Test
  void fromFiles() throws IOException {
    write(hybrid(false));
    String catalog = report("-report_el_torito");
    assertTrue(catalog.contains("boot img : 1 BIOS y none 0x0000 0x00 4 "), catalog);
    assertTrue(catalog.contains("boot img : 2 UEFI y none 0x0000 0x00 2880 "), catalog);
    assertTrue(catalog.contains("cat path : /boot/boot.cat"), catalog);
    assertTrue(catalog.contains("img path : 1 /boot/bios.img"), catalog);
    assertTrue(catalog.contains("img path : 2 /boot/efi.img"), catalog);
    assertTrue(catalog.contains("img opts : 1 boot-info-table"), catalog);
    String area = report("-report_system_area");
    long sectors = Files.size(image) / 512;
    assertTrue(area.contains("ISO image size/512 : " + sectors), area);
    assertTrue(area.contains("MBR partition : 1 0x80 0x00 0 " + sectors), area);
    assertTrue(area.matches("(?s).*MBR partition : 2 0x00 0xef \\d+ 2880\n.*"), area);
    assertTrue(area.contains("MBR partition path : 2 /boot/efi.img"), area);
    assertTrue(area.contains("GPT lba range : 64 " + (sectors - 34) + " " + (sectors - 1)), area);
    assertTrue(area.contains("GPT partition path : 2 /boot/efi.img"), area);
    assertBootsEverywhere();
  }

  @Test
  void fromAnAppendedPartition() throws IOException {
    write(hybrid(true));
    String catalog = report("-report_el_torito");
    assertTrue(catalog.contains("boot img : 2 UEFI y none 0x0000 0x00 2880 "), catalog);
    String area = report("-report_system_area");
    long sectors = Files.size(image) / 512;
    assertTrue(area.contains("MBR partition : 1 0x00 0xee 1 " + (sectors - 1)), area);
    assertTrue(area.contains("GPT partname local : 2 Appended2"), area);
    assertTrue(area.contains("GPT type GUID : 2 28732ac11ff8d211ba4b00a0c93ec93b"), area);
    assertTrue(area.matches("(?s).*GPT start and size : 2 \\d+ 2880\n.*"), area);
    assertBootsEverywhere();
  }

  /** The disc boots as before; files that were added are there, and others are as they were. */
  @Test
  void aRemasteredImage() throws IOException {
    write(hybrid(true));
    Path first = Files.move(image, directory.resolve("first.iso"));
    remaster(first);
    assertEquals(-1, Files.mismatch(first, image), "nothing was changed");
    try (Remaster old = Remaster.open(first)) {
      DiscBuilder disc = old.builder(old.options());
      disc.addFile("/a/new file", DiscContent.of(new byte[100_000]), ATTRIBUTES);
      disc.remove("/README");
      write(disc);
    }
    String files = Oracle.of("isoinfo").run("-R", "-f", "-i", image).orFail().output();
    assertEquals("/a\n/boot\n/a/new file\n/boot/bios.img\n/boot/boot.cat\n/boot/efi.img\n", files);
    assertTrue(report("-report_el_torito").contains("img opts : 1 boot-info-table"));
    assertBootsAsDisc(false);
    assertBootsAsDisk(false);
    assumeFirmware();
    assertBootsAsDisk(true);
  }

  private void remaster(Path before) throws IOException {
    try (Remaster old = Remaster.open(before)) {
      assertEquals(List.of(), old.lost());
      write(old.builder(old.options()));
    }
  }

  /**
   * Content of the same length changes nothing else; of the copy, not of the file that is given.
   */
  @Test
  void aReplacedFileChangesNothingElse() throws IOException {
    write(hybrid(false));
    byte[] before = Files.readAllBytes(image);
    byte[] given = BootPrograms.forBios("HELLO from a BIOS");
    try (Remaster old = Remaster.open(Files.move(image, directory.resolve("first.iso")))) {
      write(
          old.builder(old.options()).addFile("/boot/bios.img", DiscContent.of(given), ATTRIBUTES));
    }
    assertArrayEquals(BootPrograms.forBios("HELLO from a BIOS"), given);
    byte[] after = Files.readAllBytes(image);
    assertEquals(before.length, after.length);
    int changed = 0;
    for (int i = 0; i < before.length; i++) {
      changed += before[i] == after[i] ? 0 : 1;
    }
    // Five letters, and of the sum of all words as many bytes as it takes.
    assertTrue(changed >= 6 && changed <= 9, changed + " bytes changed");
    assertTrue(report("-report_el_torito").contains("img opts : 1 boot-info-table"));
  }

  /** What xorriso made boots as before when files are added. */
  @Test
  void whatXorrisoMade() throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Files.write(tree.resolve("bios.img"), BootPrograms.forBios(BIOS));
    Path code = Files.write(directory.resolve("mbr"), BootPrograms.masterBootRecord());
    Path first = directory.resolve("first.iso");
    Oracle.of("xorriso")
        .run(
            "-as",
            "mkisofs",
            "-quiet",
            "-J",
            "-R",
            "-V",
            "X",
            "-o",
            first,
            "-b",
            "bios.img",
            "-no-emul-boot",
            "-boot-load-size",
            "4",
            "-boot-info-table",
            "-isohybrid-mbr",
            code,
            "-eltorito-alt-boot",
            "-e",
            "--interval:appended_partition_2:all::",
            "-no-emul-boot",
            "-append_partition",
            "2",
            "0xef",
            efi,
            "-appended_part_as_gpt",
            tree)
        .orFail();
    try (Remaster old = Remaster.open(first)) {
      write(
          old.builder(old.options())
              .addFile("/a/first file", DiscContent.of(new byte[100_000]), ATTRIBUTES));
    }
    assertTrue(report("-report_el_torito").contains("img opts : 1 boot-info-table"));
    assertBootsAsDisk(false);
    assumeFirmware();
    assertBootsAsDisc(true);
  }

  @Test
  void emulatedDisks() throws IOException {
    write(
        new DiscBuilder(DiscOptions.defaults())
            .addFile("/floppy", DiscContent.of(efi), ATTRIBUTES)
            .addFile("/grub", DiscContent.of(new byte[4096]), ATTRIBUTES)
            .boot(
                BootEntry.bios("/floppy")
                    .emulation(BootEntry.Emulation.FLOPPY)
                    .loadSectors(OptionalInt.empty()))
            .boot(BootEntry.bios("/grub").grubInfo(true).bootable(false).id("me")));
    String catalog = report("-report_el_torito");
    assertTrue(catalog.contains("boot img : 1 BIOS y fd1.4 0x0000 0x00 1 "), catalog);
    assertTrue(catalog.contains("boot img : 2 BIOS n none 0x0000 0x00 4 "), catalog);
    assertTrue(catalog.contains("img opts : 2 grub2-boot-info"), catalog);
  }
}
