package io.diskformat.inspect;

import io.diskformat.BlockDevice;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves the backup of a GPT to the end of the disk, and makes a partition larger. One copy is valid
 * at each moment: what changes in the one becomes durable before the other is touched.
 *
 * <ol>
 *   <li>if the copy at the start is damaged, it is made anew, as the backup has it;
 *   <li>the backup, at the end of the disk;
 *   <li>the copy at the start;
 *   <li>the entry of the MBR that stands for the GPT;
 *   <li>the old header of the backup becomes zeroes.
 * </ol>
 */
final class GptGrowth {
  private static final int SELF_AT = 24;
  private static final int OTHER_AT = 32;
  private static final int LAST_USABLE_AT = 48;
  private static final int ENTRIES_AT = 72;
  private static final int ENTRIES_CHECKSUM_AT = 88;
  private static final int HEADER_SIZE_AT = 12;
  private static final int LAST_OF_ENTRY_AT = 40;
  private static final int USUAL_ENTRIES = 2;
  private static final byte[] MARK = "EFI PART".getBytes(StandardCharsets.ISO_8859_1);

  private final BlockDevice disk;
  private final FirstSector first;
  private final PartitionTable table;
  private final GptReader.Copy copy;
  private final int sectorSize;

  /** The sector of the header that was found to be valid. */
  private final byte[] header;

  /** The last sector of the disk. */
  private final long last;

  /** The sectors that the entries take. */
  private final long entrySectors;

  /** The first sector of the entries at the start of the disk. */
  private final long firstEntries;

  GptGrowth(BlockDevice disk, FirstSector first, PartitionTable table) throws IOException {
    GptReader reader = new GptReader(disk);
    this.disk = disk;
    this.first = first;
    this.table = table;
    this.copy = reader.valid();
    this.sectorSize = copy.sectorSize();
    this.header = new byte[sectorSize];
    disk.read(copy.header().self() * sectorSize, header);
    this.last = disk.size() / sectorSize - 1;
    this.entrySectors = Math.ceilDiv((long) copy.entries().capacity(), sectorSize);
    this.firstEntries =
        copy.isPrimary()
            ? copy.header().entries()
            : reader.header(1, sectorSize).map(GptHeader::entries).orElse((long) USUAL_ENTRIES);
  }

  /**
   * Changes the table.
   *
   * @param grown the partition that gets larger, or null
   * @param end where it is to end in bytes, or -1 to take all room
   */
  void run(@Nullable Partition grown, long end) throws IOException {
    checkRoom();
    byte[] entries = copy.entries().array().clone();
    if (grown != null) {
      grow(entries, grown, end);
    }
    long oldBackup = copy.isPrimary() ? copy.header().other() : copy.header().self();
    if (!copy.isPrimary()) {
      writeCopy(1, oldBackup, firstEntries, copy.header().lastUsable(), copy.entries().array());
    }
    writeCopy(last, 1, last - entrySectors, lastUsable(), entries);
    writeCopy(1, last, firstEntries, lastUsable(), entries);
    coverDisk();
    forget(oldBackup);
  }

  private long lastUsable() {
    return last - entrySectors - 1;
  }

  private void checkRoom() throws IOException {
    GptHeader found = copy.header();
    long backup = copy.isPrimary() ? found.other() : found.self();
    boolean ends = table.partitions().stream().anyMatch(part -> endOf(part) > lastUsable() + 1);
    if (backup > last || ends || lastUsable() < found.firstUsable()) {
      throw new UnsupportedFeatureException(
          disk.toString(), "a GPT of a disk that has become smaller");
    }
    if (firstEntries < USUAL_ENTRIES || firstEntries > found.firstUsable() - entrySectors) {
      throw new UnsupportedFeatureException(
          disk.toString(), "a GPT whose entries are not before its partitions");
    }
  }

  /** Returns the sector after the last one of a partition. */
  private long endOf(Partition partition) {
    return Math.ceilDiv(partition.end(), sectorSize);
  }

  private void grow(byte[] entries, Partition partition, long end) {
    long room =
        table.partitions().stream()
            .filter(other -> other.number() != partition.number())
            .filter(other -> other.offset() >= partition.offset())
            .mapToLong(other -> other.offset() / sectorSize)
            .reduce(lastUsable() + 1, Math::min);
    long newEnd = GrownEnd.of(partition, end, endOf(partition), room, sectorSize);
    ByteBuffer.wrap(entries)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(
            (partition.number() - 1) * copy.header().entrySize() + LAST_OF_ENTRY_AT, newEnd - 1);
  }

  private void writeCopy(long self, long other, long at, long lastUsable, byte[] entries)
      throws IOException {
    boolean changed = put(at * sectorSize, entries);
    changed |= put(self * sectorSize, header(self, other, at, lastUsable, entries));
    if (changed) {
      disk.flush();
    }
  }

  /** Returns the sector of a header, which has what the present one has beside its places. */
  private byte[] header(long self, long other, long at, long lastUsable, byte[] entries) {
    byte[] sector = header.clone();
    ByteBuffer bytes = ByteBuffer.wrap(sector).order(ByteOrder.LITTLE_ENDIAN);
    int size = bytes.getInt(HEADER_SIZE_AT);
    Arrays.fill(sector, size, sectorSize, (byte) 0);
    bytes.putLong(SELF_AT, self);
    bytes.putLong(OTHER_AT, other);
    bytes.putLong(LAST_USABLE_AT, lastUsable);
    bytes.putLong(ENTRIES_AT, at);
    bytes.putInt(ENTRIES_CHECKSUM_AT, GptHeader.checksum(entries));
    bytes.putInt(GptHeader.CHECKSUM, 0);
    bytes.putInt(GptHeader.CHECKSUM, GptHeader.checksum(Arrays.copyOf(sector, size)));
    return sector;
  }

  /** Leaves an MBR that lists partitions beside the GPT as it is: somebody wants it so. */
  private void coverDisk() throws IOException {
    List<MbrEntry> entries = first.entries();
    List<MbrEntry> used = entries.stream().filter(MbrEntry::isUsed).toList();
    if (used.size() == 1 && used.getFirst().start() == 1) {
      int index = entries.indexOf(used.getFirst());
      byte[] count =
          ByteBuffer.allocate(Integer.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt((int) Math.min(last, (1L << Integer.SIZE) - 1))
              .array();
      if (put(MbrPlace.countAt(MbrPlace.position(0, index)), count)) {
        disk.flush();
      }
    }
  }

  private void forget(long oldBackup) throws IOException {
    boolean within =
        table.partitions().stream()
            .anyMatch(part -> oldBackup >= part.offset() / sectorSize && oldBackup < endOf(part));
    if (oldBackup < copy.header().firstUsable() || oldBackup >= last - entrySectors || within) {
      return;
    }
    byte[] mark = new byte[MARK.length];
    disk.read(oldBackup * sectorSize, mark);
    if (Arrays.equals(mark, MARK)) {
      disk.writeZeroes(oldBackup * sectorSize, sectorSize);
      disk.flush();
    }
  }

  /** Writes bytes if they are not there already, and returns whether it did. */
  private boolean put(long offset, byte[] bytes) throws IOException {
    byte[] present = new byte[bytes.length];
    disk.read(offset, present);
    if (Arrays.equals(present, bytes)) {
      return false;
    }
    disk.write(offset, bytes);
    return true;
  }
}
