package io.diskformat.inside.fat;

import io.diskformat.testing.Oracle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A kind of FAT, as {@code mkfs.fat} and {@code mformat} make it. */
enum FatFlavour {
  FLOPPY("fat12", 1440, "mformat", "-f", "1440"),
  FAT12("fat12", 8192, "mkfs.fat", "-F", "12", "-s", "8"),
  FAT12_SMALL_CLUSTERS("fat12", 2000, "mkfs.fat", "-F", "12", "-s", "1"),
  FAT16("fat16", 16_384, "mkfs.fat", "-F", "16", "-s", "1"),
  FAT16_LARGE_CLUSTERS("fat16", 300_000, "mkfs.fat", "-F", "16", "-s", "128"),
  FAT16_LARGE_SECTORS("fat16", 32_768, "mkfs.fat", "-F", "16", "-S", "4096", "-s", "1"),
  FAT16_ONE_TABLE("fat16", 16_384, "mkfs.fat", "-F", "16", "-s", "4", "-f", "1", "-R", "32"),
  FAT32("fat32", 40_000, "mkfs.fat", "-F", "32", "-s", "1"),
  FAT32_LARGE_SECTORS("fat32", 300_000, "mkfs.fat", "-F", "32", "-S", "2048", "-s", "1"),
  FAT32_OF_MTOOLS("fat32", 65_536, "mformat", "-F", "-T", "131072", "-c", "1");

  private final String kind;
  private final int kibibytes;
  private final List<String> command;

  FatFlavour(String kind, int kibibytes, String... command) {
    this.kind = kind;
    this.kibibytes = kibibytes;
    this.command = List.of(command);
  }

  /** Returns the kind of tree that it is. */
  String kind() {
    return kind;
  }

  /** Makes an empty volume with the label {@code A LABEL}. */
  void make(Path image) {
    List<Object> arguments = new ArrayList<>(command.subList(1, command.size()));
    if (command.getFirst().equals("mformat")) {
      arguments.addAll(List.of("-C", "-v", "A LABEL", "-i", image, "::"));
    } else {
      arguments.addAll(List.of("-n", "A LABEL", "-C", image, kibibytes));
    }
    Oracle.of(command.getFirst()).run(arguments.toArray()).orFail();
  }
}
