package io.diskformat.iso;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.NodeAttributes;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A directory, which is read while it is listed. Records that follow each other with the same name
 * are sections of one file, which is how files of 4 GiB and more are recorded. Where Rock Ridge
 * keeps a directory elsewhere, as ISO 9660 allows no more than eight levels, it is listed where it
 * belongs, and not where it is kept.
 */
final class IsoDirectory implements FileNode {
  /** The most sections of a file: those of 256 TiB. */
  private static final int MOST_SECTIONS = 1 << 16;

  /** The deepest level: deeper than any disc, and recursion this deep fits any stack. */
  private static final int MOST_LEVELS = 512;

  private final IsoVolume volume;
  private final int level;
  private final long position;
  private final long size;

  /** The position of the record that led here; none for the root. */
  private final long record;

  private final NodeAttributes attributes;

  private IsoDirectory(
      IsoVolume volume,
      int level,
      long position,
      long size,
      long record,
      NodeAttributes attributes) {
    this.volume = volume;
    this.level = level;
    this.position = position;
    this.size = size;
    this.record = record;
    this.attributes = attributes;
  }

  /**
   * Returns the root of a tree.
   *
   * @param record as the volume descriptor has it
   */
  static IsoDirectory root(IsoVolume volume, DirectoryRecord record) throws IOException {
    long position = record.content(volume.blockSize());
    DirectoryRecord itself = IsoVolume.itself(volume.disc(), position);
    NodeAttributes attributes = volume.ofDirectory(position, itself, volume.rockRidge(itself));
    return new IsoDirectory(volume, 0, position, record.size(), -1, attributes);
  }

  @Override
  public NodeAttributes attributes() {
    return attributes;
  }

  @Override
  public NodeAttributes.Kind kind() {
    return NodeAttributes.Kind.DIRECTORY;
  }

  @Override
  public FileNode.Cursor list() throws IOException {
    if (level > MOST_LEVELS) {
      throw volume
          .disc()
          .corrupt("directory", position, "is more than " + MOST_LEVELS + " levels deep");
    }
    volume.enter(position, record);
    return new Children(new DirectoryRecords(volume.disc(), position, size));
  }

  /** Returns the value of an attribute that it records of itself, if it does. */
  Optional<byte[]> attribute(String name) throws IOException {
    return volume.rockRidge(IsoVolume.itself(volume.disc(), position)).attribute(name);
  }

  private boolean isRoot() {
    return record < 0;
  }

  private CorruptImageException corrupt(DirectoryRecord at, String problem) {
    return volume.disc().corrupt("directory record", at.position(), problem);
  }

  /** Lists what is in the directory. */
  private final class Children implements FileNode.Cursor {
    private final DirectoryRecords records;

    Children(DirectoryRecords records) {
      this.records = records;
    }

    @Override
    public FileNode.@Nullable Entry next() throws IOException {
      for (DirectoryRecord at = records.next(); at != null; at = records.next()) {
        if (at.isSelfOrAbove() || at.isAssociated()) {
          continue;
        }
        RockRidge rockRidge = volume.rockRidge(at);
        if (rockRidge.isPlacedElsewhere()) {
          continue;
        }
        String name = volume.name(at, rockRidge);
        if (rockRidge.placedHere() >= 0) {
          return new Entry(name, placedHere(at, rockRidge.placedHere()));
        }
        if (!at.isDirectory()) {
          return new Entry(name, file(at, rockRidge));
        }
        if (!isRoot() || !isPlaceOfOthers(at, name)) {
          return new Entry(name, directory(at, rockRidge));
        }
      }
      return null;
    }

    private FileNode directory(DirectoryRecord at, RockRidge rockRidge) {
      long where = at.content(volume.blockSize());
      NodeAttributes recorded = volume.ofDirectory(where, at, rockRidge);
      return new IsoDirectory(volume, level + 1, where, at.size(), at.position(), recorded);
    }

    /** The attributes are recorded where the directory is kept. */
    private FileNode placedHere(DirectoryRecord at, long block) throws IOException {
      long where = block * volume.blockSize();
      DirectoryRecord itself = IsoVolume.itself(volume.disc(), where);
      NodeAttributes recorded = volume.ofDirectory(where, itself, volume.rockRidge(itself));
      return new IsoDirectory(volume, level + 1, where, itself.size(), at.position(), recorded);
    }

    private FileNode file(DirectoryRecord first, RockRidge rockRidge) throws IOException {
      if (!first.isContinued()) {
        return new IsoFile(volume, first, rockRidge, null);
      }
      FileSections sections = new FileSections(volume.disc(), volume.blockSize());
      sections.add(first);
      for (DirectoryRecord at = first; at.isContinued(); ) {
        at = nextSection(at, sections.count());
        sections.add(at);
      }
      return new IsoFile(volume, first, rockRidge, sections);
    }

    private DirectoryRecord nextSection(DirectoryRecord at, int before) throws IOException {
      if (at.size() % volume.blockSize() != 0) {
        throw corrupt(at, "another section follows one of " + at.size() + " bytes");
      }
      if (before >= MOST_SECTIONS) {
        throw corrupt(at, "is one of more than " + MOST_SECTIONS + " sections");
      }
      DirectoryRecord next = records.next();
      if (next == null || !next.hasNameOf(at) || next.isDirectory()) {
        throw corrupt(at, "the last section of its file is missing");
      }
      return next;
    }

    /** Returns whether a directory of the root has been made to keep those of other places. */
    private boolean isPlaceOfOthers(DirectoryRecord at, String name) throws IOException {
      if (volume.kind() != TreeKind.ROCK_RIDGE
          || (!name.equalsIgnoreCase("rr_moved") && !name.equalsIgnoreCase(".rr_moved"))) {
        return false;
      }
      DirectoryRecords inside =
          new DirectoryRecords(volume.disc(), at.content(volume.blockSize()), at.size());
      boolean any = false;
      for (DirectoryRecord one = inside.next(); one != null; one = inside.next()) {
        if (!one.isSelfOrAbove()) {
          if (!volume.rockRidge(one).isPlacedElsewhere()) {
            return false;
          }
          any = true;
        }
      }
      return any;
    }
  }
}
