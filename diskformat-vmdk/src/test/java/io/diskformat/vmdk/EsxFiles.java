package io.diskformat.vmdk;

import java.nio.charset.StandardCharsets;

/** Handmade sparse extents of ESX. */
final class EsxFiles {
  private EsxFiles() {}

  /** Returns a COWD extent, with tables only where there is anything to say. */
  static Bytes cowd(Disk disk) {
    int tableEntries = 4096;
    int tables = (disk.grains.length + tableEntries - 1) / tableEntries;
    Bytes file = new Bytes();
    file.put(0, "COWD".getBytes(StandardCharsets.US_ASCII)).int32(4, 1).int32(8, 3);
    file.int32(12, disk.sectors()).int32(16, disk.grainSectors).int32(20, 4).int32(24, tables);
    file.put(2047, new byte[1]).put(2048 + tables * 4 - 1, new byte[1]);
    int[] starts = new int[tables];
    for (int i = 0; i < disk.grains.length; i++) {
      if (disk.grains[i] == Disk.Grain.STORED) {
        int table = i / tableEntries;
        if (starts[table] == 0) {
          starts[table] = file.endSector(1);
          file.put((starts[table] + 32) * 512 - 1, new byte[1]);
          file.int32(2048 + table * 4, starts[table]);
        }
        int sector = file.endSector(1);
        file.append(disk.grain(i)).int32(starts[table] * 512 + i % tableEntries * 4, sector);
      }
    }
    file.int32(28, file.endSector(1));
    return file;
  }

  /** Returns a space-efficient sparse extent, whose grains are in another order than the disk's. */
  static Bytes seSparse(Disk disk, boolean dirty) {
    int tableEntries = 4096;
    int tables = (disk.grains.length + tableEntries - 1) / tableEntries;
    int directory = 8;
    int directorySectors = (tables * 8 + 511) / 512;
    int firstTable = 64;
    int firstGrain = firstTable + tables * 64;
    Bytes file = new Bytes();
    file.int64(0, 0xcafebabeL).int64(8, 0x2_0000_0001L).int64(16, disk.sectors()).int64(24, 8);
    file.int64(32, 64).int64(80, 1).int64(88, 1).int64(96, 2).int64(104, 1).int64(112, 3);
    file.int64(120, 1).int64(128, directory).int64(136, directorySectors);
    file.int64(144, firstTable).int64(152, tables * 64L).int64(192, firstGrain);
    file.int64(200, disk.grains.length * 8L);
    file.int64(512, 0xcafecafeL).int64(512 + 24, dirty ? 1 : 0);
    file.put(firstGrain * 512 - 1, new byte[1]);
    for (int i = 0; i < tables; i++) {
      file.int64(directory * 512 + 8 * i, 0x1000_0000_0000_0000L | (tables - 1 - i));
    }
    for (int i = 0; i < disk.grains.length; i++) {
      int number = disk.grains.length - 1 - i;
      long entry =
          switch (disk.grains[i]) {
            case HOLE -> 0;
            case ZEROED -> (i % 2 == 0 ? 1L : 2L) << 60;
            case STORED -> 3L << 60 | (number & 0xfffL) << 48 | number >>> 12;
          };
      int table = firstTable + (tables - 1 - i / tableEntries) * 64;
      file.int64(table * 512 + i % tableEntries * 8, entry);
      if (disk.grains[i] == Disk.Grain.STORED) {
        file.put(firstGrain * 512 + number * 4096, disk.grain(i));
      }
    }
    return file;
  }
}
