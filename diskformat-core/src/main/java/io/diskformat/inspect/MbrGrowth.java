package io.diskformat.inspect;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Makes a partition of an MBR larger: the number of its sectors, 32 bits of one sector. Before that
 * of a logical partition come those of what holds it, so that it is within it at each moment.
 */
final class MbrGrowth {
  private static final int SECTOR = FirstSector.SIZE;
  private static final long MOST_SECTORS = 1L << Integer.SIZE;

  private final BlockDevice disk;
  private final FirstSector first;
  private final MbrReader reader;

  MbrGrowth(BlockDevice disk, FirstSector first) throws IOException {
    this.disk = disk;
    this.first = first;
    this.reader = new MbrReader(disk, first);
  }

  void run(Partition partition, long end) throws IOException {
    PartitionTable _ = reader.read(first.entries());
    MbrPlace place = reader.places().get(partition.number());
    if (place == null) {
      throw new IllegalArgumentException(disk + ": has no partition " + partition.number());
    }
    MbrPlace extended = place.table() == 0 ? null : reader.extendedPlace().orElseThrow();
    long room = roomFrom(extended == null ? place : extended);
    if (extended != null) {
      room = Math.min(room, roomAmongLogical(place));
    }
    long newEnd = GrownEnd.of(partition, end, place.end(), room, SECTOR);
    if (newEnd == place.end()) {
      return;
    }
    if (extended != null && newEnd > extended.end()) {
      setCount(extended.entry(), newEnd - extended.start());
    }
    if (place.link() != MbrPlace.NO_LINK) {
      setCount(place.link(), newEnd - place.table());
    }
    setCount(place.entry(), newEnd - place.start());
  }

  /** Returns up to where a partition of the first sector can be. */
  private long roomFrom(MbrPlace place) {
    return first.entries().stream()
        .filter(entry -> entry.isUsed() && entry.start() > place.start())
        .mapToLong(MbrEntry::start)
        .reduce(Math.min(disk.size() / SECTOR, MOST_SECTORS), Math::min);
  }

  /** Returns up to where a logical partition can be for the sake of others, and of their tables. */
  private long roomAmongLogical(MbrPlace place) {
    return reader.places().entrySet().stream()
        .map(Map.Entry::getValue)
        .filter(other -> other.table() != 0)
        .flatMapToLong(other -> LongStream.of(other.table(), other.start()))
        .filter(sector -> sector > place.start())
        .min()
        .orElse(Long.MAX_VALUE);
  }

  private void setCount(long entry, long count) throws IOException {
    byte[] bytes =
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt((int) count)
            .array();
    disk.write(MbrPlace.countAt(entry), bytes);
    disk.flush();
  }
}
