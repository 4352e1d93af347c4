package io.diskformat.inside.fat;

import io.diskformat.inside.change.ChangedDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Changes of directories. What had an entry before the edit has its place until the edit is written
 * out, and no other gets that. For one thread.
 */
final class DirectoryEdit {
  private final FatVolume volume;
  private final ChangedDevice changed;
  private final TableEdit table;

  /** The entries before the edit, by their positions. */
  private final TreeMap<Long, byte[]> before = new TreeMap<>();

  /** The clusters of new directories, which nobody sees before the edit is written out. */
  private final BitSet unseen = new BitSet();

  /** The clusters by which directories have grown. */
  private final BitSet grown = new BitSet();

  /** New ends of directories, where something was that nobody saw. */
  private final Set<Long> ends = new HashSet<>();

  /** Parts of long names that are not in one sector with their entry. */
  private final Set<Long> apart = new HashSet<>();

  /** The positions of files' entries before the edit, by their present ones. */
  private final Map<Long, Long> origins = new HashMap<>();

  /** Entries that are replaced in the same write as the one that takes their place. */
  private final Set<Long> exchanged = new HashSet<>();

  DirectoryEdit(FatVolume volume, ChangedDevice changed, TableEdit table) {
    this.volume = volume;
    this.changed = changed;
    this.table = table;
  }

  /**
   * Which changes of directories, in the order in which they are made. {@code fsck.fat} removes
   * parts of a long name that have no entry, but does not complete what has lost some.
   */
  enum Part {
    /** What is new of long names, and not in one sector with the entry. */
    ADDED_NAMES,
    /** What else is new, and what is changed. */
    ADDED,
    /** What is gone, but for the next. */
    REMOVED,
    /** What is gone of long names, and not in one sector with the entry. */
    REMOVED_NAMES
  }

  /**
   * A place for a name that was found, and what it takes.
   *
   * @param slots of the directory
   * @param first the number of the first entry
   * @param entries that come there: the parts of the long name, and the entry
   * @param clusters that the directory must grow by
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares places
  record Place(DirectorySlots slots, int first, byte[][] entries, int clusters) {}

  /**
   * Finds a place for a name, and changes nothing.
   *
   * @param slots of the directory
   * @param name that no other has
   * @param entry makes the entry, of the short name
   * @throws FileSystemException if the directory is full
   */
  Place find(DirectorySlots slots, String name, EntryMaker entry) throws IOException {
    return find(slots, -1, name, entry);
  }

  /**
   * Finds a place for the new name of a file.
   *
   * @param except the number of the file's entry, if it is in the same directory, or -1
   */
  Place find(DirectorySlots slots, int except, String name, EntryMaker entry)
      throws FileSystemException {
    byte[][] entries = entries(slots, except, name, entry);
    int first = run(slots, entries.length);
    int more = Math.max(0, first + entries.length - slots.count());
    if (more > 0
        && (slots.lastCluster() == Table.NONE || slots.count() + more > DirectorySlots.MOST)) {
      throw new FileSystemException(
          name, null, "the directory is full: it has room for %d entries".formatted(slots.count()));
    }
    int clusters = Math.ceilDiv(more * FatEntry.SIZE, volume.boot().clusterSize());
    return new Place(slots, first, entries, clusters);
  }

  /** Makes an entry. */
  interface EntryMaker {
    /** Returns the entry of a short name, as that is stored. */
    FatEntry make(byte[] shortName);
  }

  private byte[][] entries(DirectorySlots slots, int except, String name, EntryMaker maker) {
    Set<String> names = slots.names(except);
    Predicate<byte[]> taken =
        each -> {
          ByteBuffer stored = ByteBuffer.allocate(FatEntry.SIZE).put(0, each);
          String shown = new FatEntry(stored, -1).shortName(volume.codePage());
          return names.contains(DirectorySlots.stored(stored))
              || names.contains(shown.toLowerCase(Locale.ROOT));
        };
    FatEntry entry = maker.make(ShortName.of(name, volume.codePage(), taken));
    byte[] last = new byte[FatEntry.SIZE];
    entry.bytes().get(0, last);
    if (ShortName.isWhole(name)) {
      return new byte[][] {last};
    }
    List<byte[]> parts = LongName.parts(name, entry.checksum());
    parts.add(last);
    return parts.toArray(byte[][]::new);
  }

  /** Returns where that many entries are free, or will be once the directory has grown. */
  private int run(DirectorySlots slots, int length) {
    int first = 0;
    for (int i = 0; i < slots.used() && i - first < length; i++) {
      if (!isFree(slots.entry(i))) {
        first = i + 1;
      }
    }
    return first;
  }

  private boolean isFree(FatEntry entry) {
    byte[] was = before.get(entry.position());
    return entry.isFree() && (was == null || isFree(was));
  }

  private static boolean isFree(byte[] entry) {
    return new FatEntry(ByteBuffer.wrap(entry), -1).isFree();
  }

  /**
   * Puts a name in its place.
   *
   * @param clusters that were found for the directory to grow by
   * @return where the entry is, in bytes
   */
  long put(Place place, int[] clusters) throws IOException {
    DirectorySlots slots = place.slots;
    boolean isNew = slots.lastCluster() != Table.NONE && unseen.get(slots.lastCluster());
    for (int cluster : clusters) {
      blank(cluster);
      (isNew ? unseen : grown).set(cluster);
    }
    table.append(slots.lastCluster(), clusters);
    int after = place.first + place.entries.length;
    long entry = position(slots, clusters, after - 1);
    for (int i = 0; i < place.entries.length; i++) {
      long position = position(slots, clusters, place.first + i);
      put(position, place.entries[i]);
      note(position, entry);
    }
    if (after > slots.used() && after < slots.count() && !slots.entry(after).isEnd()) {
      // What is behind the end of a directory may be anything.
      ends.add(slots.position(after));
      before.put(slots.position(after), new byte[FatEntry.SIZE]);
      changed.put(slots.position(after), new byte[FatEntry.SIZE]);
    }
    return entry;
  }

  /** Notes where a part of a name is, and its entry. */
  private void note(long part, long entry) {
    if (part / BootSector.SIZE == entry / BootSector.SIZE) {
      apart.remove(part);
    } else {
      apart.add(part);
    }
  }

  private long position(DirectorySlots slots, int[] clusters, int index) {
    if (index < slots.count()) {
      return slots.position(index);
    }
    long at = (index - slots.count()) * (long) FatEntry.SIZE;
    int size = volume.boot().clusterSize();
    return volume.boot().position(clusters[(int) (at / size)]) + at % size;
  }

  /** Makes the first cluster of a directory, with its entries for itself and its parent. */
  void create(int cluster, long parent, FileTime time) throws IOException {
    blank(cluster);
    unseen.set(cluster);
    for (String name : new String[] {".", ".."}) {
      byte[] stored = new byte[FatEntry.NAME_SIZE];
      Arrays.fill(stored, (byte) ' ');
      for (int i = 0; i < name.length(); i++) {
        stored[i] = '.';
      }
      FatEntry dot = FatEntry.create(stored, true, time);
      dot.setCluster(volume.boot().kind(), name.length() == 1 ? cluster : parent);
      long at = volume.boot().position(cluster) + (name.length() - 1L) * FatEntry.SIZE;
      changed.put(at, dot.bytes().array());
    }
  }

  private void blank(int cluster) throws IOException {
    long position = volume.boot().position(cluster);
    int size = changed.blockSize();
    for (long at = 0; at < volume.boot().clusterSize(); at += size) {
      var _ = changed.replace((position + at) / size);
    }
  }

  /** Changes an entry where it is. */
  void put(FatEntry entry) throws IOException {
    byte[] bytes = new byte[FatEntry.SIZE];
    entry.bytes().get(0, bytes);
    put(entry.position(), bytes);
  }

  private void put(long position, byte[] entry) throws IOException {
    if (!before.containsKey(position)) {
      byte[] was = new byte[FatEntry.SIZE];
      changed.read(position, was);
      before.put(position, was);
    }
    changed.put(position, entry);
  }

  /** Removes an entry and its long name. */
  void remove(DirectorySlots slots, int index) throws IOException {
    for (int i = slots.first(index); i <= index; i++) {
      remove(slots.entry(i));
      note(slots.position(i), slots.position(index));
    }
  }

  private void remove(FatEntry entry) throws IOException {
    byte[] bytes = new byte[FatEntry.SIZE];
    entry.bytes().get(0, bytes);
    bytes[0] = FatEntry.DELETED;
    put(entry.position(), bytes);
  }

  /**
   * Returns whether there is room for another name of an entry where it is, and one write changes
   * all of it: {@code fsck.fat} does not repair a long name that is half of one and half of
   * another.
   */
  boolean fits(DirectorySlots slots, int index, String name, EntryMaker maker) {
    int first = slots.first(index);
    return entries(slots, index, name, maker).length <= index + 1 - first
        && slots.position(first) / BootSector.SIZE == slots.position(index) / BootSector.SIZE;
  }

  /**
   * Gives an entry another name where it is, which fits.
   *
   * @param slots of the directory
   * @param index the number of the entry
   */
  void rename(DirectorySlots slots, int index, String name, EntryMaker maker) throws IOException {
    byte[][] entries = entries(slots, index, name, maker);
    int from = index + 1 - entries.length;
    for (int i = slots.first(index); i < from; i++) {
      remove(slots.entry(i));
      exchanged.add(slots.position(i));
    }
    for (int i = from; i <= index; i++) {
      put(slots.position(i), entries[i - from]);
    }
  }

  /** Notes that a file has its entry elsewhere. If one write does both, both are done at once. */
  void move(long from, long to) {
    Long first = origins.remove(from);
    long origin = first == null ? from : first;
    origins.put(to, origin);
    if (origin / BootSector.SIZE == to / BootSector.SIZE) {
      exchanged.add(origin);
    } else {
      exchanged.remove(origin);
    }
  }

  /** Makes all empty that directories have grown by. */
  void stageEmpty(ChangedDevice device) throws IOException {
    long size = volume.boot().clusterSize();
    for (int cluster = grown.nextSetBit(0); cluster >= 0; cluster = grown.nextSetBit(cluster + 1)) {
      long position = volume.boot().position(cluster);
      for (long at = position; at < position + size; at += device.blockSize()) {
        var _ = device.replace(at / device.blockSize());
      }
    }
    for (long end : ends) {
      device.put(end, new byte[FatEntry.SIZE]);
    }
  }

  /** Makes a part of the changes of a device. */
  void stage(ChangedDevice device, Part part) throws IOException {
    byte[] is = new byte[FatEntry.SIZE];
    for (Map.Entry<Long, byte[]> entry : before.entrySet()) {
      long position = entry.getKey();
      if (isUnseen(position)) {
        continue;
      }
      changed.read(position, is);
      byte[] was = entry.getValue();
      if (part == partOf(position, was, is) && !Arrays.equals(is, was)) {
        device.put(position, is.clone());
      }
    }
  }

  private Part partOf(long position, byte[] was, byte[] is) {
    boolean isApart = apart.contains(position);
    if (is[0] == FatEntry.DELETED && !isFree(was) && !exchanged.contains(position)) {
      return isApart ? Part.REMOVED_NAMES : Part.REMOVED;
    }
    return isApart ? Part.ADDED_NAMES : Part.ADDED;
  }

  /**
   * Moves the ends of directories to where they will be: what is before them is free then. So no
   * entry comes behind an end, where {@code fsck.fat} sees it, and nobody else.
   */
  void stageEnds(ChangedDevice device) throws IOException {
    byte[] is = new byte[FatEntry.SIZE];
    byte[] free = new byte[FatEntry.SIZE];
    free[0] = FatEntry.DELETED;
    for (Map.Entry<Long, byte[]> entry : before.entrySet()) {
      changed.read(entry.getKey(), is);
      if (entry.getValue()[0] == 0 && is[0] != 0 && !isUnseen(entry.getKey())) {
        device.put(entry.getKey(), free);
      }
    }
  }

  private boolean isUnseen(long position) {
    return position >= volume.boot().dataAt() && unseen.get(volume.boot().clusterAt(position));
  }

  /** Returns whether a block has entries that are staged, and nothing else. */
  boolean isStaged(long block) {
    long position = block * changed.blockSize();
    int cluster = volume.boot().clusterAt(position);
    Long next = before.ceilingKey(position);
    return grown.get(cluster)
        || (next != null && next < position + changed.blockSize() && !unseen.get(cluster));
  }
}
