package io.diskformat.vmdk;

import java.nio.charset.StandardCharsets;
import java.util.zip.Deflater;

/** A handmade streamOptimized image. */
final class StreamFile {
  private static final int GRAIN_TABLE = 1;
  private static final int GRAIN_DIRECTORY = 2;
  private static final int FOOTER = 3;
  private static final int PROGRESS = 4;

  private final Disk disk;

  /** Whether tables come before the grains, or after them with a footer. */
  boolean front;

  boolean markers = true;
  boolean footer = true;
  boolean end = true;
  boolean progress;

  /** How many bytes of zeroes come after all. */
  int padding;

  /** Whether no table can be found. */
  boolean tablesGone;

  int tableEntries = 512;

  StreamFile(Disk disk) {
    this.disk = disk;
  }

  Bytes build() {
    Bytes file = new Bytes();
    file.put(0, header(-1));
    String descriptor =
        new DescriptorFile("RW " + disk.sectors() + " SPARSE \"elsewhere.vmdk\"")
            .type("streamOptimized")
            .text();
    file.put(512, descriptor.getBytes(StandardCharsets.UTF_8)).put(21 * 512 - 1, new byte[1]);
    int tables = (disk.grains.length + tableEntries - 1) / tableEntries;
    int tableSectors = (tableEntries * 4 + 511) / 512;
    int directory = file.endSector(1);
    if (front) {
      int first = directory + (tables * 4 + 511) / 512;
      for (int i = 0; i < tables; i++) {
        file.int32(directory * 512 + 4 * i, first + i * tableSectors);
      }
      file.put((first + tables * tableSectors) * 512 - 1, new byte[1]);
      file.int64(56, directory);
    }
    file.int64(64, file.endSector(disk.grainSectors));
    int[] entries = grains(file);
    int[] starts = new int[tables];
    for (int i = 0; i < tables; i++) {
      Bytes table = new Bytes();
      table.put(tableSectors * 512 - 1, new byte[1]);
      for (int j = 0; j < tableEntries && i * tableEntries + j < entries.length; j++) {
        table.int32(4 * j, entries[i * tableEntries + j]);
      }
      if (front) {
        int first = directory + (tables * 4 + 511) / 512;
        file.put((first + i * tableSectors) * 512, table.toArray());
      } else {
        marker(file, tableSectors, GRAIN_TABLE);
        starts[i] = file.endSector(1);
        file.append(table.toArray());
      }
    }
    if (!front) {
      marker(file, (tables * 4 + 511) / 512, GRAIN_DIRECTORY);
      directory = file.endSector(1);
      for (int i = 0; i < tables; i++) {
        file.int32(directory * 512 + 4 * i, starts[i]);
      }
      file.endSector(1);
      if (footer) {
        marker(file, 1, FOOTER);
        file.append(header(directory));
      }
    }
    if (end) {
      marker(file, 0, 0);
    }
    if (tablesGone) {
      file.int64(56, front ? 0 : -1);
    }
    file.append(new byte[padding]);
    return file;
  }

  private byte[] header(long directory) {
    Bytes header = new Bytes();
    header.put(0, "KDMV".getBytes(StandardCharsets.US_ASCII)).int32(4, 3);
    header.int32(8, 1 | 1 << 16 | (markers ? 1 << 17 : 0));
    header.int64(12, disk.sectors()).int64(20, disk.grainSectors).int64(28, 1).int64(36, 20);
    header.int32(44, tableEntries).int64(56, directory).int64(64, disk.grainSectors);
    header.put(73, new byte[] {'\n', ' ', '\r', '\n', 1}).put(511, new byte[1]);
    return header.toArray();
  }

  private static void marker(Bytes file, int sectors, int type) {
    int at = file.endSector(1) * 512;
    file.int64(at, sectors).int32(at + 8, 0).int32(at + 12, type).put(at + 511, new byte[1]);
  }

  private int[] grains(Bytes file) {
    int[] entries = new int[disk.grains.length];
    for (int i = 0; i < entries.length; i++) {
      if (disk.grains[i] == Disk.Grain.STORED) {
        if (progress && markers) {
          marker(file, 0, PROGRESS);
        }
        entries[i] = file.endSector(1);
        int at = entries[i] * 512;
        byte[] stream = deflated(disk.grain(i), i);
        if (markers) {
          file.int64(at, (long) i * disk.grainSectors).int32(at + 8, stream.length);
        } else {
          file.int32(at, stream.length);
        }
        file.append(stream);
        file.endSector(1);
      }
    }
    return entries;
  }

  /** Of the last grain, some store what the disk has alone. */
  private byte[] deflated(byte[] grain, int index) {
    int length = grain.length;
    if (index == disk.grains.length - 1) {
      length = disk.content.length - index * disk.grainBytes();
    }
    Deflater deflater = new Deflater(1 + index % 9);
    deflater.setInput(grain, 0, length);
    deflater.finish();
    byte[] stream = new byte[2 * length + 100];
    int count = deflater.deflate(stream);
    deflater.end();
    return java.util.Arrays.copyOf(stream, count);
  }
}
