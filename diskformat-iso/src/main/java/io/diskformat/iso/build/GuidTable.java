package io.diskformat.iso.build;

import io.diskformat.spi.Uuids;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32;

/**
 * A GUID partition table: behind the master boot record, and once more at the end of the image.
 * What is between its partitions is partitions too, so that nobody takes the disc's files for free
 * space.
 *
 * <pre>
 * header                                    entry of 128 bytes
 *  0  8  "EFI PART"                          0 16  type
 *  8  4  version 1.0, 12  4 size: 92        16 16  its own GUID
 * 16  4  CRC of the header                  32  8  first sector
 * 24  8  sector of this header              40  8  last sector
 * 32  8  sector of the other one            56     name, in UTF-16
 * 40  8  first sector that can be used
 * 48  8  last sector that can be used
 * 56 16  GUID of the disk
 * 72  8  sector of the entries
 * 80  4  how many, 84  4 how long
 * 88  4  CRC of the entries
 * </pre>
 */
final class GuidTable {
  static final int SECTOR = 512;
  private static final int ENTRIES = 128;
  private static final int ENTRY = 128;
  private static final int HEADER = 92;
  private static final int ENTRY_SECTORS = ENTRIES * ENTRY / SECTOR;

  /** How many sectors it takes at the end of an image. */
  static final int BACKUP_SECTORS = ENTRY_SECTORS + 1;

  /** Behind what no disc uses. */
  private static final long FIRST_USABLE = 64;

  static final UUID SYSTEM = UUID.fromString("c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
  static final UUID DATA = UUID.fromString("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7");

  private final UUID disk;
  private final long sectors;
  private final List<Partition> partitions;

  /**
   * A partition.
   *
   * @param number from 1, or 0 for the first that is free
   * @param first its first sector
   * @param end the sector behind it
   */
  record Partition(int number, UUID type, String name, long first, long end) {}

  /**
   * Lays out a table.
   *
   * @param sectors of the whole image
   * @param wanted partitions that do not overlap
   */
  GuidTable(UUID disk, long sectors, List<Partition> wanted) {
    this.disk = disk;
    this.sectors = sectors;
    this.partitions = withGaps(wanted, lastUsable() + 1);
  }

  private long lastUsable() {
    return sectors - BACKUP_SECTORS - 1;
  }

  private static List<Partition> withGaps(List<Partition> wanted, long end) {
    List<Partition> inOrder = new ArrayList<>(wanted);
    inOrder.sort(Comparator.comparingLong(Partition::first));
    List<Partition> all = new ArrayList<>();
    long at = FIRST_USABLE;
    int gaps = 0;
    for (Partition partition : inOrder) {
      if (partition.first() > at) {
        all.add(new Partition(0, DATA, "Gap" + gaps++, at, partition.first()));
      }
      all.add(partition);
      at = partition.end();
    }
    if (end > at) {
      all.add(new Partition(0, DATA, "Gap" + gaps, at, end));
    }
    return all;
  }

  private byte[] entries() {
    ByteBuffer to = DiscFields.buffer(ENTRIES * ENTRY);
    boolean[] taken = new boolean[ENTRIES + 1];
    partitions.forEach(partition -> taken[partition.number()] = true);
    taken[0] = true;
    for (Partition partition : partitions) {
      int number = partition.number();
      for (int i = 1; number == 0; i++) {
        if (!taken[i]) {
          taken[i] = true;
          number = i;
        }
      }
      int at = (number - 1) * ENTRY;
      Uuids.put(to, at, partition.type());
      Uuids.put(to, at + 16, derived(disk, number));
      to.putLong(at + 32, partition.first());
      to.putLong(at + 40, partition.end() - 1);
      to.put(at + 56, partition.name().getBytes(StandardCharsets.UTF_16LE));
    }
    return DiscFields.bytes(to);
  }

  /** Returns a GUID that follows from another one. */
  private static UUID derived(UUID from, int number) {
    return UUID.nameUUIDFromBytes((from + " " + number).getBytes(StandardCharsets.US_ASCII));
  }

  private byte[] header(long own, long other, long entriesAt, byte[] entries) {
    ByteBuffer to = DiscFields.buffer(SECTOR);
    to.put(0, DiscFields.ascii("EFI PART"));
    to.putInt(8, 0x10000).putInt(12, HEADER);
    to.putLong(24, own).putLong(32, other);
    to.putLong(40, FIRST_USABLE).putLong(48, lastUsable());
    Uuids.put(to, 56, disk);
    to.putLong(72, entriesAt);
    to.putInt(80, ENTRIES).putInt(84, ENTRY);
    to.putInt(88, crc(entries, entries.length));
    to.putInt(16, crc(DiscFields.bytes(to), HEADER));
    return DiscFields.bytes(to);
  }

  private static int crc(byte[] bytes, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  /** Puts the table behind the master boot record. */
  void putFirst(byte[] systemArea) {
    byte[] entries = entries();
    System.arraycopy(header(1, sectors - 1, 2, entries), 0, systemArea, SECTOR, SECTOR);
    System.arraycopy(entries, 0, systemArea, 2 * SECTOR, entries.length);
  }

  /** Returns the sectors at the end of the image. */
  byte[] last() {
    byte[] entries = entries();
    byte[] all = new byte[BACKUP_SECTORS * SECTOR];
    System.arraycopy(entries, 0, all, 0, entries.length);
    byte[] header = header(sectors - 1, 1, sectors - BACKUP_SECTORS, entries);
    System.arraycopy(header, 0, all, entries.length, SECTOR);
    return all;
  }
}
