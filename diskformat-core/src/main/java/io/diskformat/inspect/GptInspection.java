package io.diskformat.inspect;

import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** Inspects the GPT of a disk that passes by, and its backup at the end. */
final class GptInspection {
  private static final String RULE = InspectionRules.PARTITION_TABLE;
  private static final int LARGEST_ENTRY = 4096;

  /** The largest number of a sector: its position in bytes does not overflow. */
  private static final long MOST_SECTORS = Long.MAX_VALUE / 4096;

  private final PassingImage disk;
  private final List<MbrEntry> others;
  private final Contradictions unlessDisc;
  private final TableRanges ranges = new TableRanges();
  private final CRC32 checksum = new CRC32();
  private @Nullable GptHeader primary;
  private int sectorSize;

  /**
   * Creates an inspection.
   *
   * @param others what the MBR lists beside the GPT
   */
  GptInspection(PassingImage disk, List<MbrEntry> others, Contradictions unlessDisc) {
    this.disk = disk;
    this.others = others;
    this.unlessDisc = unlessDisc;
  }

  void begin() {
    for (int size : GptReader.SECTOR_SIZES) {
      disk.read(size, size, sector -> header(size, sector));
    }
    disk.atEnd(PassingImage.MOST_BYTES, this::end);
  }

  private void header(int size, ByteBuffer sector) {
    Optional<GptHeader> header = GptHeader.in(bytes(sector), 1, MOST_SECTORS);
    if (primary != null || header.isEmpty()) {
      return;
    }
    primary = header.get();
    sectorSize = size;
    if (primary.entrySize() > LARGEST_ENTRY) {
      disk.refuse(RULE, size, "the GPT has entries of " + primary.entrySize() + " bytes");
      return;
    }
    entries(primary, 0);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  /** Reads the entries from one of them on. */
  private void entries(GptHeader header, int first) {
    int count = Math.min(header.count() - first, PassingImage.MOST_BYTES / header.entrySize());
    long position = header.entries() * sectorSize + (long) first * header.entrySize();
    disk.read(
        position,
        count * header.entrySize(),
        piece -> {
          checksum.update(piece.duplicate());
          for (int i = 0; i < count; i++) {
            ByteBuffer entry = piece.slice(i * header.entrySize(), header.entrySize());
            entry(
                header,
                first + i + 1,
                position + (long) i * header.entrySize(),
                entry.order(ByteOrder.LITTLE_ENDIAN));
          }
          if (first + count < header.count()) {
            entries(header, first + count);
          } else {
            allEntries(header);
          }
        });
  }

  private void entry(GptHeader header, int number, long position, ByteBuffer entry) {
    if (entry.getLong(0) == 0 && entry.getLong(8) == 0) {
      return;
    }
    long start = entry.getLong(32);
    long last = entry.getLong(40);
    if (start < header.firstUsable() || last > header.lastUsable() || last < start) {
      disk.refuse(
          RULE,
          position,
          "partition %d is from sector %d to %d, and partitions may be from %d to %d"
              .formatted(number, start, last, header.firstUsable(), header.lastUsable()));
    } else if (last < MOST_SECTORS) {
      ranges.add("partition " + number, start * sectorSize, (last + 1) * sectorSize, position);
    }
  }

  private void allEntries(GptHeader header) {
    long position = header.entries() * sectorSize;
    if ((int) checksum.getValue() != header.entriesChecksum()) {
      disk.refuse(RULE, position, "the checksum of the GPT's entries is wrong");
    }
    ranges.findOverlap(unlessDisc);
    for (MbrEntry other : others) {
      if (!ranges.hasStart(other.start() * sectorSize)) {
        unlessDisc.found(
            MbrEntry.FIRST,
            "the MBR lists a partition at sector "
                + other.start()
                + " beside the GPT, which has none there");
      }
    }
  }

  private void end(long size, ByteBuffer tail) {
    if (primary == null) {
      boolean hasBackup = backup(512, size, tail).or(() -> backup(4096, size, tail)).isPresent();
      if (hasBackup) {
        disk.warn(RULE, 512, "the GPT at the start is damaged, and its backup is not");
      } else {
        disk.refuse(RULE, 512, "the MBR says that there is a GPT, and no copy of it is valid");
      }
      return;
    }
    ranges.findBeyond(size, (position, sentence) -> disk.refuse(RULE, position, sentence));
    Optional<GptHeader> backup = backup(sectorSize, size, tail);
    if (backup.isEmpty()) {
      disk.warn(RULE, size, "the disk does not end with the backup of the GPT");
    } else if (backup.get().entriesChecksum() != primary.entriesChecksum()
        || !backup.get().disk().equals(primary.disk())) {
      disk.refuse(RULE, size - sectorSize, "the backup of the GPT differs from it");
    }
  }

  private static Optional<GptHeader> backup(int sector, long size, ByteBuffer tail) {
    if (tail.remaining() < sector || size % sector != 0) {
      return Optional.empty();
    }
    byte[] last = bytes(tail.slice(tail.remaining() - sector, sector));
    return GptHeader.in(last, size / sector - 1, size / sector);
  }
}
