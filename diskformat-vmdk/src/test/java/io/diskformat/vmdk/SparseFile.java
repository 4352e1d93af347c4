package io.diskformat.vmdk;

import java.nio.charset.StandardCharsets;

/** A handmade hosted sparse extent, not compressed. */
final class SparseFile {
  /** What is wrong with it. */
  enum Damage {
    NONE,
    /** The grain directory is all zeroes. */
    DIRECTORY_ZEROED,
    /** The header says that the grain directory is beyond the end of the file. */
    DIRECTORY_BEYOND_END,
    /** An entry of the grain directory points beyond the end of the file. */
    TABLE_BEYOND_END
  }

  private final Disk disk;
  String descriptor = "";
  int version = 1;
  int tableEntries = 512;
  boolean redundant = true;
  boolean zeroFlag = true;
  Damage damage = Damage.NONE;

  /** Whether the directories name any tables; without them, nothing is stored. */
  boolean tables = true;

  SparseFile(Disk disk) {
    this.disk = disk;
  }

  Disk disk() {
    return disk;
  }

  /** Puts a descriptor of this extent alone inside. */
  SparseFile described() {
    return described(of(disk));
  }

  SparseFile described(DescriptorFile text) {
    descriptor = text.text();
    return this;
  }

  /** Returns a descriptor of such an extent alone. */
  static DescriptorFile of(Disk disk) {
    return new DescriptorFile("RW " + disk.sectors() + " SPARSE \"elsewhere.vmdk\"")
        .type("monolithicSparse");
  }

  Bytes build() {
    Bytes file = new Bytes();
    header(file);
    if (!descriptor.isEmpty()) {
      file.put(512, descriptor.getBytes(StandardCharsets.UTF_8)).put(21 * 512 - 1, new byte[1]);
    }
    int tables = (disk.grains.length + tableEntries - 1) / tableEntries;
    int tableBytes = tableEntries * 4;
    int other = 0;
    if (redundant) {
      other = directory(file, tables, tableBytes);
    }
    int first = directory(file, tables, tableBytes);
    file.int64(48, other).int64(56, first);
    int overhead = file.endSector(disk.grainSectors);
    file.int64(64, overhead);
    for (int i = 0; i < disk.grains.length; i++) {
      int entry =
          switch (disk.grains[i]) {
            case HOLE -> 0;
            case ZEROED -> 1;
            case STORED -> {
              int sector = file.endSector(disk.grainSectors);
              file.append(disk.grain(i));
              yield sector;
            }
          };
      set(file, first, i, tableBytes, entry);
      if (redundant) {
        set(file, other, i, tableBytes, entry);
      }
    }
    if (!this.tables) {
      file = withoutTables(file, first, other, tables);
    }
    damage(file, first, tables);
    return file;
  }

  private void header(Bytes file) {
    file.put(0, "KDMV".getBytes(StandardCharsets.US_ASCII)).int32(4, version);
    file.int32(8, 1 | (redundant ? 2 : 0) | (zeroFlag ? 4 : 0));
    file.int64(12, disk.sectors()).int64(20, disk.grainSectors);
    file.int64(28, descriptor.isEmpty() ? 0 : 1).int64(36, descriptor.isEmpty() ? 0 : 20);
    file.int32(44, tableEntries);
    file.put(73, new byte[] {'\n', ' ', '\r', '\n'}).put(511, new byte[1]);
  }

  private static int directory(Bytes file, int tables, int tableBytes) {
    int directory = file.endSector(1);
    int first = directory + (tables * 4 + 511) / 512;
    for (int i = 0; i < tables; i++) {
      file.int32(directory * 512 + i * 4, first + i * ((tableBytes + 511) / 512));
    }
    file.put((first + tables * ((tableBytes + 511) / 512)) * 512 - 1, new byte[1]);
    return directory;
  }

  private void set(Bytes file, int directory, int grain, int tableBytes, int entry) {
    int tables = (disk.grains.length + tableEntries - 1) / tableEntries;
    int first = directory + (tables * 4 + 511) / 512;
    int table = first + grain / tableEntries * ((tableBytes + 511) / 512);
    file.int32(table * 512 + grain % tableEntries * 4, entry);
  }

  private Bytes withoutTables(Bytes file, int first, int other, int count) {
    file.put(first * 512, new byte[count * 4]);
    if (redundant) {
      file.put(other * 512, new byte[count * 4]);
    }
    return file;
  }

  private void damage(Bytes file, int directory, int tables) {
    switch (damage) {
      case NONE -> {}
      case DIRECTORY_ZEROED -> file.put(directory * 512, new byte[tables * 4]);
      case DIRECTORY_BEYOND_END -> file.int64(56, 1 << 30);
      case TABLE_BEYOND_END -> file.int32(directory * 512, 1 << 30);
    }
  }
}
