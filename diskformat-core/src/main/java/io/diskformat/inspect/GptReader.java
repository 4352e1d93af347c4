package io.diskformat.inspect;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.TextField;
import io.diskformat.spi.Uuids;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a GPT: the copy after the first sector or, if that is damaged, the one at the end. An image
 * does not say how large its sectors are; only one of the two usual sizes can fit.
 *
 * <p>An entry, section 5.3.3 of the UEFI specification, in little-endian byte order:
 *
 * <pre>
 *  0  GUID of the type; zeroes for an entry that is not used
 * 16  GUID of the partition
 * 32  first sector, 64 bits
 * 40  last sector, 64 bits
 * 48  attributes, 64 bits; bit 2: boot from here
 * 56  name, 36 UTF-16 code units, ended by zero if it is shorter
 * </pre>
 */
final class GptReader {
  static final int[] SECTOR_SIZES = {512, 4096};
  private static final int NAME = 56;
  private static final int NAME_END = 128;
  private static final long BOOT = 1 << 2;
  private static final String UNUSED = "00000000-0000-0000-0000-000000000000";

  /** The types of partitions that volumes of Windows' logical disk manager are made of. */
  private static final Set<String> DYNAMIC =
      Set.of("5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", "af9b60a0-1431-4f62-bc68-3311714a69ad");

  private final BlockDevice disk;

  GptReader(BlockDevice disk) {
    this.disk = disk;
  }

  /**
   * A valid header, and the entries, which match its checksum.
   *
   * @param sectorSize in bytes
   */
  record Copy(GptHeader header, ByteBuffer entries, int sectorSize) {
    boolean isPrimary() {
      return header.self() == 1;
    }
  }

  PartitionTable read(FirstSector first) throws IOException {
    Copy copy = valid();
    return table(
        first,
        copy,
        copy.sectorSize(),
        copy.isPrimary() ? null : "the GPT at the start is damaged; this is the backup");
  }

  /**
   * Returns the copy at the start or, if that is damaged, the backup.
   *
   * @throws CorruptImageException if no copy is valid
   */
  Copy valid() throws IOException {
    for (int sectorSize : SECTOR_SIZES) {
      Optional<Copy> primary = copy(1, sectorSize);
      if (primary.isPresent()) {
        return primary.get();
      }
    }
    for (int sectorSize : SECTOR_SIZES) {
      Optional<Copy> backup = backup(sectorSize);
      if (backup.isPresent()) {
        return backup.get();
      }
    }
    throw new CorruptImageException(
        disk.toString(), "GPT", 0, "the MBR says that there is a GPT, and no copy of it is valid");
  }

  /** Finds the backup at the end, or where the damaged copy at the start says that it is. */
  private Optional<Copy> backup(int sectorSize) throws IOException {
    Optional<Copy> atEnd = copy(disk.size() / sectorSize - 1, sectorSize);
    if (atEnd.isPresent()) {
      return atEnd;
    }
    Optional<GptHeader> primary = header(1, sectorSize);
    return primary.isPresent() ? copy(primary.get().other(), sectorSize) : Optional.empty();
  }

  /** Returns a header that is valid, whether or not its entries are. */
  Optional<GptHeader> header(long number, int sectorSize) throws IOException {
    long sectors = disk.size() / sectorSize;
    if (number < 1 || number >= sectors) {
      return Optional.empty();
    }
    byte[] sector = new byte[sectorSize];
    disk.read(number * sectorSize, sector);
    return GptHeader.in(sector, number, sectors);
  }

  private Optional<Copy> copy(long number, int sectorSize) throws IOException {
    Optional<GptHeader> header = header(number, sectorSize);
    if (header.isEmpty()) {
      return Optional.empty();
    }
    int length = header.get().count() * header.get().entrySize();
    long offset = header.get().entries() * sectorSize;
    if (length > disk.size() - offset) {
      return Optional.empty();
    }
    byte[] entries = new byte[length];
    disk.read(offset, entries);
    return GptHeader.checksum(entries) == header.get().entriesChecksum()
        ? Optional.of(new Copy(header.get(), ByteBuffer.wrap(entries), sectorSize))
        : Optional.empty();
  }

  private PartitionTable table(
      FirstSector first, Copy copy, int sectorSize, @Nullable String problem) throws IOException {
    Partitions partitions = new Partitions(disk.size());
    if (problem != null) {
      partitions.problem(problem);
    } else {
      compareWithBackup(copy, sectorSize, partitions);
    }
    List<MbrEntry> others =
        first.entries().stream()
            .filter(entry -> entry.isUsed() && entry.type() != MbrEntry.PROTECTIVE)
            .toList();
    if (!others.isEmpty()) {
      partitions.problem("the MBR lists partitions of its own beside the GPT");
    }
    GptHeader header = copy.header();
    ByteBuffer entries = copy.entries();
    for (int i = 0; i < header.count(); i++) {
      add(
          entries.slice(i * header.entrySize(), header.entrySize()),
          i + 1,
          header,
          sectorSize,
          partitions);
    }
    return partitions.table(PartitionTable.Kind.GPT, sectorSize, header.disk());
  }

  private void compareWithBackup(Copy primary, int sectorSize, Partitions partitions)
      throws IOException {
    Optional<Copy> backup = backup(sectorSize);
    if (backup.isEmpty()) {
      partitions.problem("the backup of the GPT is missing or damaged");
    } else if (!backup.get().entries().equals(primary.entries())) {
      partitions.problem("the backup of the GPT lists other partitions");
    } else if (backup.get().header().self() != disk.size() / sectorSize - 1) {
      partitions.problem("the backup of the GPT is not at the end of the disk");
    }
  }

  private void add(
      ByteBuffer slice, int number, GptHeader header, int sectorSize, Partitions partitions)
      throws UnsupportedFeatureException {
    ByteBuffer entry = slice.order(ByteOrder.LITTLE_ENDIAN);
    String type = Uuids.get(entry, 0).toString();
    if (type.equals(UNUSED)) {
      return;
    }
    if (DYNAMIC.contains(type)) {
      throw new UnsupportedFeatureException(disk.toString(), "a dynamic disk of Windows (LDM)");
    }
    long start = entry.getLong(32);
    long last = entry.getLong(40);
    // What the header allows may be more than any disk has.
    boolean exists = start >= 1 && last >= start && last < Long.MAX_VALUE / sectorSize;
    if (!exists || start < header.firstUsable() || last > header.lastUsable()) {
      partitions.problem(
          "partition %d is from sector %d to %d, and partitions may be from %d to %d"
              .formatted(number, start, last, header.firstUsable(), header.lastUsable()));
    }
    if (!exists) {
      return;
    }
    partitions.add(
        new Partition(
            number,
            start * sectorSize,
            (last - start + 1) * sectorSize,
            type.toUpperCase(Locale.ROOT),
            Uuids.get(entry, 16).toString(),
            TextField.read(entry, NAME, NAME_END - NAME, StandardCharsets.UTF_16LE),
            (entry.getLong(48) & BOOT) != 0));
  }
}
