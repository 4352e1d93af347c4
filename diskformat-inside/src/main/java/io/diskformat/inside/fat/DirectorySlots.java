package io.diskformat.inside.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** All entries that a directory has room for, as they are when this is made. */
final class DirectorySlots {
  /** The most entries of a directory. */
  static final int MOST = 65_536;

  private final FatVolume volume;

  /** The clusters of the directory, in their order; none for the root of FAT12 and FAT16. */
  private final int[] clusters;

  private final int count;
  private final ByteBuffer bytes;

  /** The number of entries before the end. */
  private final int used;

  private DirectorySlots(FatVolume volume, int[] clusters, ByteBuffer bytes) {
    this.volume = volume;
    this.clusters = clusters;
    this.bytes = bytes;
    this.count = bytes.capacity() / FatEntry.SIZE;
    int end = 0;
    while (end < count && !entry(end).isEnd()) {
      end++;
    }
    this.used = end;
  }

  /**
   * Reads a directory.
   *
   * @param directory its first cluster, or {@link Listing#ROOT}
   */
  static DirectorySlots of(FatVolume volume, long directory) throws IOException {
    BootSector boot = volume.boot();
    if (directory == Listing.ROOT && boot.kind() != TableKind.FAT32) {
      ByteBuffer bytes = volume.bytes().read(boot.rootAt(), boot.rootSize(), "directory");
      return new DirectorySlots(volume, new int[0], bytes);
    }
    Chain chain = new Chain(volume, directory == Listing.ROOT ? boot.rootCluster() : directory);
    List<Integer> found = new ArrayList<>();
    for (int cluster = chain.next(); cluster != Table.NONE; cluster = chain.next()) {
      if (found.size() * (long) boot.clusterSize() >= (long) MOST * FatEntry.SIZE) {
        throw volume.corrupt("directory", boot.position(cluster), "has more entries than " + MOST);
      }
      found.add(cluster);
    }
    int size = boot.clusterSize();
    ByteBuffer bytes = ByteBuffer.allocate(found.size() * size).order(ByteOrder.LITTLE_ENDIAN);
    for (int cluster : found) {
      bytes.put(volume.bytes().read(boot.position(cluster), size, "directory"));
    }
    int[] clusters = found.stream().mapToInt(Integer::intValue).toArray();
    return new DirectorySlots(volume, clusters, bytes.clear());
  }

  /** Returns how many entries there is room for. */
  int count() {
    return count;
  }

  /** Returns how many entries are before the end. */
  int used() {
    return used;
  }

  /** Returns the last cluster, or {@link Table#NONE} of the root of FAT12 and FAT16. */
  int lastCluster() {
    return clusters.length == 0 ? Table.NONE : clusters[clusters.length - 1];
  }

  FatEntry entry(int index) {
    int at = index * FatEntry.SIZE;
    return new FatEntry(bytes.slice(at, FatEntry.SIZE).order(bytes.order()), position(index));
  }

  /** Returns where an entry is, in bytes. */
  long position(int index) {
    long at = (long) index * FatEntry.SIZE;
    if (clusters.length == 0) {
      return volume.boot().rootAt() + at;
    }
    int size = volume.boot().clusterSize();
    return volume.boot().position(clusters[(int) (at / size)]) + at % size;
  }

  /** Returns the number of the entry at a position. */
  int at(long position) {
    for (int i = 0; i < used; i++) {
      if (position(i) == position) {
        return i;
      }
    }
    throw new IllegalArgumentException("a file that is no longer there");
  }

  /** Returns the number of the first part of the long name of an entry, or the entry's own. */
  int first(int index) {
    FatEntry entry = entry(index);
    for (int i = index - 1; i >= 0 && isPart(i, entry, index - i); i--) {
      if ((entry(i).bytes().get(0) & LongName.LAST) != 0) {
        return i;
      }
    }
    return index;
  }

  private boolean isPart(int index, FatEntry of, int number) {
    FatEntry part = entry(index);
    return part.isLongName()
        && !part.isDeleted()
        && (part.bytes().get(0) & ~LongName.LAST) == number
        && part.bytes().get(LongName.CHECKSUM_AT) == of.checksum();
  }

  /**
   * Returns the names that others have: short ones as they are stored, a letter for each byte, and
   * all as they are shown, in lower case.
   *
   * @param except the number of an entry that does not count, or -1
   */
  Set<String> names(int except) {
    Set<String> names = new HashSet<>();
    LongName longName = new LongName();
    for (int i = 0; i < used; i++) {
      FatEntry entry = entry(i);
      if (entry.isLongName() && !entry.isDeleted()) {
        longName.add(entry);
        continue;
      }
      String name = entry.isDeleted() ? "" : longName.of(entry);
      longName.clear();
      if (!entry.isDeleted() && i != except) {
        names.add(stored(entry.bytes()));
        names.add(name.toLowerCase(Locale.ROOT));
        names.add(entry.shortName(volume.codePage()).toLowerCase(Locale.ROOT));
      }
    }
    return names;
  }

  /** Returns a short name as it is stored, a letter for each byte. */
  static String stored(ByteBuffer entry) {
    byte[] name = new byte[FatEntry.NAME_SIZE];
    entry.get(0, name);
    return new String(name, StandardCharsets.ISO_8859_1);
  }
}
