package io.diskformat.iso;

import io.diskformat.CheckReport;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Partition tables ahead of the volume descriptors, by which a disc is a disk too, on a USB stick.
 *
 * <pre>
 * MBR                                       GPT, from byte 512 on
 * 446  4 times 16: 4 type, 8 first sector,    0  8  "EFI PART"
 *      12 sectors, of 512 bytes              12  4  length of the header; 16  4  its CRC
 * 510  55 AA                                 24  8  its own sector;       32  8  that of its copy
 *                                            40  8  first and             48  8  last usable sector
 * Apple                                      72  8  sector of the entries
 *   0  "ER"; partitions of "PM" follow       80  4  number; 84 4 length; 88 4 CRC of entries
 *                                           entry: 32  8  first and 40  8  last sector
 * </pre>
 */
final class HybridTables {
  private static final int SECTOR = 512;
  private static final int ENTRIES = 446;
  private static final int ENTRY = 16;
  private static final int MOST_ENTRIES = 1024;
  private static final String GPT = "EFI PART";

  private final DeviceBytes disc;
  private final CheckReport.Builder report;

  private HybridTables(DeviceBytes disc, CheckReport.Builder report) {
    this.disc = disc;
    this.report = report;
  }

  /** Returns the names of those that a disc has. */
  static List<String> kinds(DeviceBytes disc) throws IOException {
    List<String> kinds = new ArrayList<>();
    if (disc.size() < 2 * SECTOR) {
      return kinds;
    }
    ByteBuffer bytes = disc.read(0, 2 * SECTOR, "partition tables");
    if (hasMbr(bytes)) {
      kinds.add("mbr");
    }
    if (hasGpt(bytes, SECTOR)) {
      kinds.add("gpt");
    }
    if (bytes.get(0) == 'E' && bytes.get(1) == 'R') {
      kinds.add("apm");
    }
    return kinds;
  }

  private static boolean hasMbr(ByteBuffer bytes) {
    if (bytes.getShort(510) != (short) 0xaa55) {
      return false;
    }
    for (int i = 0; i < 4; i++) {
      if (bytes.get(ENTRIES + ENTRY * i + 4) != 0) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasGpt(ByteBuffer bytes, int at) {
    for (int i = 0; i < GPT.length(); i++) {
      if (bytes.get(at + i) != GPT.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Checks that the partitions of a disc are within it, and the checksums of GPT. */
  static void check(DeviceBytes disc, CheckReport.Builder report) throws IOException {
    HybridTables tables = new HybridTables(disc, report);
    List<String> kinds = kinds(disc);
    ByteBuffer bytes = kinds.isEmpty() ? ByteBuffer.allocate(0) : disc.read(0, SECTOR, "MBR");
    if (kinds.contains("mbr")) {
      tables.checkMbr(bytes);
    }
    if (kinds.contains("gpt")) {
      tables.checkGpt(SECTOR, true);
    }
  }

  private void checkMbr(ByteBuffer bytes) {
    for (int i = 0; i < 4; i++) {
      int at = ENTRIES + ENTRY * i;
      long first = Integer.toUnsignedLong(bytes.getInt(at + 8));
      long sectors = Integer.toUnsignedLong(bytes.getInt(at + 12));
      int type = Byte.toUnsignedInt(bytes.get(at + 4));
      // The partition that protects a GPT may have the largest length.
      boolean protects = type == 0xee;
      if (type != 0 && !protects && (first + sectors) * SECTOR > disc.size()) {
        report.corruption(
            "partition " + (i + 1) + " of the MBR",
            at,
            "ends at " + (first + sectors) * SECTOR,
            disc.size() + " bytes at most");
      }
    }
  }

  private void checkGpt(long position, boolean first) throws IOException {
    String name = first ? "GPT" : "copy of the GPT";
    ByteBuffer header = disc.read(position, SECTOR, name);
    if (!hasGpt(header, 0)) {
      report.corruption(name, position, "nothing of the kind", "a header");
      return;
    }
    int length = header.getInt(12);
    if (length < 92 || length > SECTOR) {
      report.corruption(name, position, "a header of " + length + " bytes", "92 bytes or more");
      return;
    }
    byte[] summed = new byte[length];
    header.get(0, summed);
    ByteBuffer.wrap(summed).putInt(16, 0);
    expect(name, position, crc(summed), header.getInt(16));
    long entries = header.getLong(72);
    long count = Integer.toUnsignedLong(header.getInt(80));
    long size = Integer.toUnsignedLong(header.getInt(84));
    if (count > MOST_ENTRIES || size < 128 || size > 4096) {
      report.corruption(
          name, position, count + " entries of " + size + " bytes", "as many as tools make");
    } else if (entries < 0 || entries > (disc.size() - count * size) / SECTOR) {
      report.corruption(
          name,
          position,
          "entries at sector " + entries,
          "they are on the disc, of " + disc.size());
    } else {
      checkEntries(name, entries * SECTOR, (int) count, (int) size, header.getInt(88));
    }
    if (first) {
      long copy = header.getLong(32);
      if (copy <= 0 || copy > disc.size() / SECTOR - 1) {
        report.corruption(
            name, position, "a copy at sector " + copy, "one on the disc, of " + disc.size());
      } else {
        checkGpt(copy * SECTOR, false);
      }
    }
  }

  private void checkEntries(String name, long position, int count, int size, int crc)
      throws IOException {
    ByteBuffer entries = disc.read(position, count * size, name);
    byte[] bytes = new byte[entries.limit()];
    entries.get(0, bytes);
    expect("entries of the " + name, position, crc(bytes), crc);
    for (int i = 0; i < count; i++) {
      int at = i * size;
      long last = entries.getLong(at + 40);
      boolean used = entries.getLong(at) != 0 || entries.getLong(at + 8) != 0;
      if (used && (last < 0 || last >= disc.size() / SECTOR)) {
        report.corruption(
            "partition " + (i + 1) + " of the " + name,
            position + at,
            "ends with sector " + last,
            "one of the disc, of " + disc.size() + " bytes");
      }
    }
  }

  private void expect(String structure, long position, int computed, int recorded) {
    if (computed != recorded) {
      report.corruption(
          structure,
          position,
          "CRC %08x".formatted(recorded),
          "%08x, that of what is there".formatted(computed));
    }
  }

  private static int crc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
