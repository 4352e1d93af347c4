package io.diskformat.iso;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.filesystem.NodeAttributes.Posix;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The state that all files of one tree share. It remembers which directories were listed and from
 * which record: a directory that is in two places, one of which may be inside it, is refused in all
 * but the first. So no tree has more paths than files, or is endless.
 */
final class IsoVolume {
  /** The most directories to list: four times what path tables can number. */
  private static final int MOST_DIRECTORIES = 1 << 18;

  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;
  private static final int LINK = 0120000;
  private static final int ALL_READ = 0444;
  private static final int ALL_EXECUTE = 0111;

  private final DeviceBytes disc;
  private final TreeKind kind;
  private final int blockSize;

  /** As {@link SystemUse#skipped} returns it; only Rock Ridge uses it. */
  private final int skip;

  /** The positions of the records that first led to directories, by the directories' positions. */
  private final Map<Long, Long> listed = new ConcurrentHashMap<>();

  IsoVolume(DeviceBytes disc, TreeKind kind, int blockSize, int skip) {
    this.disc = disc;
    this.kind = kind;
    this.blockSize = blockSize;
    this.skip = skip;
  }

  /**
   * The identity of a file.
   *
   * @param position of a directory, or of another file's record
   */
  private record Key(boolean directory, long position) {}

  DeviceBytes disc() {
    return disc;
  }

  TreeKind kind() {
    return kind;
  }

  int blockSize() {
    return blockSize;
  }

  RockRidge rockRidge(DirectoryRecord record) throws IOException {
    return kind == TreeKind.ROCK_RIDGE
        ? RockRidge.of(disc, blockSize, record, skip)
        : RockRidge.none(disc, record);
  }

  /** Returns the name of a file as one element of a path. */
  String name(DirectoryRecord record, RockRidge rockRidge) {
    return Names.safe(
        rockRidge
            .name()
            .orElseGet(() ->
                kind == TreeKind.JOLIET
                    ? Names.joliet(record.name(), record.isDirectory())
                    : Names.plain(record.name(), record.isDirectory())));
  }

  /**
   * Returns the record by which a directory lists itself, the first in it.
   *
   * @throws CorruptImageException if that is none
   */
  static DirectoryRecord itself(DeviceBytes disc, long position) throws IOException {
    disc.check(position, DirectoryRecord.SHORTEST, "directory");
    int length = (int) Math.min(Disc.SECTOR, disc.size() - position);
    ByteBuffer bytes = disc.read(position, length, "directory");
    DirectoryRecord record = DirectoryRecord.read(disc, bytes, 0, position);
    if (!record.isSelf() || !record.isDirectory()) {
      throw disc.corrupt("directory", position, "its first record is not its own");
    }
    return record;
  }

  /**
   * Notes that a directory is about to be listed.
   *
   * @param position of the directory
   * @param record position of the record that led there
   * @throws CorruptImageException if another one led there before, or there are too many
   */
  void enter(long position, long record) throws CorruptImageException {
    Long first = listed.putIfAbsent(position, record);
    if (first != null && first != record) {
      throw disc.corrupt(
          "directory",
          position,
          "belongs to the records at both "
              + first
              + " and "
              + record
              + ", so that it may be"
              + " inside of itself");
    }
    if (listed.size() > MOST_DIRECTORIES) {
      throw disc.corrupt(
          "directory", position, "is one of more than " + MOST_DIRECTORIES + " directories");
    }
  }

  /** Returns the attributes of a directory. */
  NodeAttributes ofDirectory(long position, DirectoryRecord record, RockRidge rockRidge) {
    return attributes(Kind.DIRECTORY, 0, record, rockRidge, new Key(true, position));
  }

  /**
   * Returns the attributes of a file that is no directory.
   *
   * @param size of its content, as it is stored
   */
  NodeAttributes ofFile(long size, DirectoryRecord record, RockRidge rockRidge) {
    Kind fileKind = kindOf(rockRidge);
    long fileSize =
        switch (fileKind) {
          case FILE -> rockRidge.compression().map(Compression::size).orElse(size);
          case SYMBOLIC_LINK -> rockRidge.target().orElse("").length();
          default -> 0;
        };
    return attributes(fileKind, fileSize, record, rockRidge, new Key(false, record.position()));
  }

  static Kind kindOf(RockRidge rockRidge) {
    int type = rockRidge.mode() & TYPE;
    boolean target = rockRidge.hasTarget();
    return switch (type) {
      case 0 -> target ? Kind.SYMBOLIC_LINK : Kind.FILE;
      case REGULAR -> Kind.FILE;
      case LINK -> target ? Kind.SYMBOLIC_LINK : Kind.OTHER;
      default -> Kind.OTHER;
    };
  }

  private NodeAttributes attributes(
      Kind fileKind, long size, DirectoryRecord record, RockRidge rockRidge, Key key) {
    Optional<Posix> posix = rockRidge.posix();
    if (posix.isEmpty() && kind == TreeKind.ROCK_RIDGE) {
      boolean directory = fileKind == Kind.DIRECTORY;
      int mode = ALL_READ | (directory ? DIRECTORY | ALL_EXECUTE : REGULAR);
      posix = Optional.of(new Posix(mode, 0, 0, 1));
    }
    return new NodeAttributes(
        fileKind,
        size,
        rockRidge.modified().or(record::modified),
        rockRidge.accessed(),
        rockRidge.created(),
        posix,
        key);
  }
}
