package io.diskformat.cli;

import io.diskformat.iso.build.AppendedPartition;
import io.diskformat.iso.build.BootEntry;
import io.diskformat.iso.build.BootEntry.Emulation;
import io.diskformat.iso.build.BootEntry.Platform;
import io.diskformat.iso.build.DiscBuilder;
import io.diskformat.iso.build.DiscContent;
import io.diskformat.iso.build.HybridBoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The options of mkisofs that say how a disc boots. Each is about one entry of the boot catalog, up
 * to the option that begins the next.
 */
final class IsoBooting {
  private static final Pattern PARTITION =
      Pattern.compile("--interval:appended_partition_([1-4])(_.*)?:all::");
  private static final String NO_IMAGE = "";

  private final Argument catalog;
  private final Argument isolinux;
  private final Argument grub;
  private final Argument generic;
  private final Argument guidTable;
  private final Argument appended;
  private final Argument appendedAsGpt;

  private final List<BootEntry> entries = new ArrayList<>();

  /** The entry that options are about; it has no image before there is one. */
  private BootEntry current = BootEntry.bios(NO_IMAGE).emulation(Emulation.FLOPPY);

  /** Declares them. */
  IsoBooting(Verb verb) {
    verb.option(
            "PATH",
            "The file of the disc that a BIOS boots: as a floppy disk unless -no-emul-boot or"
                + " -hard-disk-boot says otherwise.",
            "-b",
            "-eltorito-boot")
        .whenGiven(values -> image(values.getFirst(), Platform.BIOS));
    verb.option(
            "PATH",
            "The file of the disc that UEFI boots, a FAT file system; or, as"
                + " --interval:appended_partition_N:all::, a partition of -append_partition.",
            "-e",
            "-efi-boot")
        .whenGiven(values -> image(values.getFirst(), Platform.UEFI));
    verb.flag("What follows is about another boot image.", "-eltorito-alt-boot")
        .whenGiven(_ -> endEntry());
    change(
        verb.flag("Boot the image as what it is.", "-no-emul-boot"),
        entry -> entry.emulation(Emulation.NONE));
    change(
        verb.flag("Boot the image as a hard disk.", "-hard-disk-boot"),
        entry -> entry.emulation(Emulation.HARD_DISK));
    change(
        verb.flag("Show the image to the firmware, and do not boot it.", "-no-boot"),
        entry -> entry.bootable(false));
    change(
        verb.flag("Write into the image where it is, as ISOLINUX wants it.", "-boot-info-table"),
        entry -> entry.infoTable(true));
    change(
        verb.flag("Write into the image where it is, as GRUB 2 wants it.", "--grub2-boot-info"),
        entry -> entry.grubInfo(true));
    verb.option(
            "SECTORS|full",
            "How many sectors of 512 bytes the firmware loads; 4 for a BIOS if not given.",
            "-boot-load-size")
        .whenGiven(values -> current = current.loadSectors(sectors(values.getFirst())));
    verb.option("SEGMENT", "Where it loads them.", "-boot-load-seg")
        .whenGiven(values -> current = current.loadSegment(number(values.getFirst())));
    verb.option("x86|PPC|Mac|efi", "Which firmware the image is for.", "-eltorito-platform")
        .whenGiven(values -> current = current.platform(platform(values.getFirst())));
    verb.option("TEXT", "Who made the image.", "-eltorito-id")
        .whenGiven(values -> current = current.id(values.getFirst()));
    catalog =
        verb.option(
            "PATH",
            "The file of the disc that the boot catalog is to be.",
            "-c",
            "-eltorito-catalog");
    isolinux =
        verb.option(
            "FILE", "ISOLINUX' boot code, by which the image boots from a disk.", "-isohybrid-mbr");
    grub = verb.option("FILE", "The same of GRUB 2.", "--grub2-mbr");
    generic =
        verb.option("FILE", "What the first 32 KiB of the image are to be.", "-G", "-generic-boot");
    guidTable =
        verb.flag(
            "Make a GUID partition table besides, with the images that UEFI boots.",
            "-isohybrid-gpt-basdat");
    appended =
        verb.options(
                "N TYPE FILE",
                "Append a partition: its number, its type as an MBR has it (0xef is one that UEFI"
                    + " boots), its content.",
                "-append_partition")
            .taking(3);
    appendedAsGpt =
        verb.flag("Put appended partitions into a GUID partition table.", "-appended_part_as_gpt");
  }

  private void change(Argument option, UnaryOperator<BootEntry> how) {
    option.whenGiven(_ -> current = how.apply(current));
  }

  private void image(String path, Platform platform) {
    if (!current.image().equals(NO_IMAGE)) {
      endEntry();
    }
    Matcher partition = PARTITION.matcher(path);
    boolean isPartition = partition.matches();
    String image = isPartition ? "partition" : path;
    BootEntry entry = platform == Platform.UEFI ? BootEntry.uefi(image) : BootEntry.bios(image);
    if (platform == Platform.BIOS) {
      entry = entry.emulation(current.emulation()).platform(current.platform());
    }
    if (!current.loadSectors().equals(OptionalInt.of(4))) {
      entry = entry.loadSectors(current.loadSectors());
    }
    entry =
        entry
            .loadSegment(current.loadSegment())
            .infoTable(current.infoTable())
            .grubInfo(current.grubInfo())
            .bootable(current.bootable())
            .id(current.id());
    current = isPartition ? entry.ofPartition(Integer.parseInt(partition.group(1))) : entry;
  }

  private void endEntry() {
    if (!current.image().equals(NO_IMAGE)) {
      entries.add(current);
      current = BootEntry.bios(NO_IMAGE).emulation(Emulation.FLOPPY);
    }
  }

  private static OptionalInt sectors(String text) {
    return text.equals("full") ? OptionalInt.empty() : OptionalInt.of(number(text));
  }

  private static int number(String text) {
    try {
      return Integer.decode(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("\"" + text + "\" is no number", e);
    }
  }

  private static Platform platform(String text) {
    return switch (text) {
      case "x86" -> Platform.BIOS;
      case "PPC" -> Platform.POWER_PC;
      case "Mac" -> Platform.MACINTOSH;
      case "efi" -> Platform.UEFI;
      default ->
          throw new IllegalArgumentException(
              "-eltorito-platform may be x86, PPC, Mac or efi, not \"" + text + "\"");
    };
  }

  /**
   * Makes a disc boot as the command line says.
   *
   * @throws IOException if boot code cannot be read
   */
  void apply(DiscBuilder disc) throws IOException {
    endEntry();
    entries.forEach(disc::boot);
    String path = catalog.value();
    if (path != null) {
      disc.bootCatalog(path);
    }
    HybridBoot hybrid = code();
    boolean asGpt = guidTable.isGiven() || appendedAsGpt.isGiven();
    List<String> partitions = appended.values();
    for (int i = 0; i < partitions.size(); i += 3) {
      hybrid =
          hybrid.append(
              new AppendedPartition(
                  number(partitions.get(i)),
                  number(partitions.get(i + 1)),
                  DiscContent.of(Path.of(partitions.get(i + 2)))));
    }
    if (asGpt || !partitions.isEmpty() || hasCode()) {
      disc.hybrid(hybrid.guidTable(asGpt));
    }
  }

  private boolean hasCode() {
    return isolinux.isGiven() || grub.isGiven() || generic.isGiven();
  }

  private HybridBoot code() throws IOException {
    String file = isolinux.value();
    if (file != null) {
      return HybridBoot.isolinux(Files.readAllBytes(Path.of(file)));
    }
    file = grub.value();
    if (file != null) {
      return HybridBoot.grub(Files.readAllBytes(Path.of(file)));
    }
    file = generic.value();
    return HybridBoot.generic(file == null ? new byte[0] : Files.readAllBytes(Path.of(file)));
  }
}
