package io.diskformat.iso.udf;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The state that all files of a tree share. It remembers which directories were listed, so that no
 * tree has more paths than files, or is endless.
 *
 * @param partitions by the numbers of their maps
 * @param listed the position of a directory's entry, to that of what named it first
 */
record UdfVolume(
    DeviceBytes disc, int blockSize, List<Partition> partitions, Map<Long, Long> listed) {
  private static final int MOST_DIRECTORIES = 1 << 18;

  /** Types of files, as UDF and as POSIX numbers them. */
  private static final Map<Integer, Integer> OTHER_TYPES =
      Map.of(6, 0060000, 7, 0020000, 9, 0010000, 10, 0140000);

  private static final int TYPE_DIRECTORY = 0040000;
  private static final int TYPE_LINK = 0120000;
  private static final int TYPE_FILE = 0100000;

  UdfVolume(DeviceBytes disc, int blockSize, List<Partition> partitions) {
    this(disc, blockSize, partitions, new ConcurrentHashMap<>());
  }

  /** The identity of a file. */
  private record Key(long entry) {}

  /**
   * Returns where a place is.
   *
   * @throws CorruptImageException if the volume has none
   */
  long position(LongAddress address) throws IOException {
    if (address.partition() >= partitions.size()) {
      throw disc.corrupt(
          "address of UDF",
          -1,
          "names partition map " + address.partition() + " of " + partitions.size());
    }
    return partitions.get(address.partition()).at(address.block()).offset();
  }

  FileEntry entry(LongAddress address) throws IOException {
    return FileEntry.read(disc, blockSize, position(address));
  }

  /** Returns where the content of a file is, all of it on the disc. */
  List<ByteRange> ranges(FileEntry entry, int partition) throws IOException {
    List<ByteRange> ranges = entry.ranges(partitions, partition);
    for (ByteRange range : ranges) {
      if (!range.isHole()) {
        disc.check(range.offset(), range.length(), "content of a file");
      }
    }
    return ranges;
  }

  /**
   * Notes that a directory is about to be listed.
   *
   * @param entry position of its entry
   * @param from position of what named it
   * @throws CorruptImageException if something else named it before, or there are too many
   */
  void enter(long entry, long from) throws CorruptImageException {
    Long first = listed.putIfAbsent(entry, from);
    if (first != null && first != from) {
      throw disc.corrupt(
          "directory of UDF",
          entry,
          "is named at both " + first + " and " + from + ", so that it may be inside of itself");
    }
    if (listed.size() > MOST_DIRECTORIES) {
      throw disc.corrupt(
          "directory of UDF", entry, "is one of more than " + MOST_DIRECTORIES + " directories");
    }
  }

  NodeAttributes attributes(FileEntry entry) throws IOException {
    int type = entry.type();
    Kind kind =
        switch (type) {
          case FileEntry.DIRECTORY -> Kind.DIRECTORY;
          case FileEntry.SYMBOLIC_LINK -> Kind.SYMBOLIC_LINK;
          default -> OTHER_TYPES.containsKey(type) ? Kind.OTHER : Kind.FILE;
        };
    int posixType =
        switch (kind) {
          case DIRECTORY -> TYPE_DIRECTORY;
          case SYMBOLIC_LINK -> TYPE_LINK;
          default -> OTHER_TYPES.getOrDefault(type, TYPE_FILE);
        };
    if (kind == Kind.FILE && entry.size() < 0) {
      throw disc.corrupt("file entry of UDF", entry.position(), "says a size of no file");
    }
    return new NodeAttributes(
        kind,
        kind == Kind.FILE ? entry.size() : 0,
        entry.modified(),
        entry.accessed(),
        entry.created(),
        Optional.of(entry.posix(posixType)),
        new Key(entry.position()));
  }
}
