package io.diskformat.iso.udf;

import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.NodeAttributes;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A directory, which is read while it is listed. */
final class UdfDirectory implements FileNode {
  /** Stands for the position of what named the root, which nothing names. */
  static final long NOWHERE = -1;

  /** The deepest level: deeper than any disc. */
  private static final int MOST_LEVELS = 512;

  private final UdfVolume volume;
  private final int level;
  private final FileEntry entry;
  private final int partition;
  private final long namedAt;
  private final NodeAttributes attributes;

  /**
   * Creates a directory.
   *
   * @param partition number of the map of the partition that its entry is in
   * @param namedAt position of what named it
   */
  UdfDirectory(UdfVolume volume, int level, FileEntry entry, int partition, long namedAt)
      throws IOException {
    this.volume = volume;
    this.level = level;
    this.entry = entry;
    this.partition = partition;
    this.namedAt = namedAt;
    this.attributes = volume.attributes(entry);
  }

  @Override
  public NodeAttributes attributes() {
    return attributes;
  }

  @Override
  public Cursor list() throws IOException {
    if (level > MOST_LEVELS) {
      throw volume
          .disc()
          .corrupt(
              "directory of UDF", entry.position(), "is more than " + MOST_LEVELS + " levels deep");
    }
    volume.enter(entry.position(), namedAt);
    return new Children(new FileIdentifiers(volume, entry, volume.ranges(entry, partition)));
  }

  private final class Children implements Cursor {
    private final FileIdentifiers identifiers;

    Children(FileIdentifiers identifiers) {
      this.identifiers = identifiers;
    }

    @Override
    public @Nullable Entry next() throws IOException {
      FileIdentifiers.Identifier at = identifiers.next();
      if (at == null) {
        return null;
      }
      FileEntry child = volume.entry(at.address());
      int in = at.address().partition();
      FileNode node =
          child.isDirectory()
              ? new UdfDirectory(volume, level + 1, child, in, at.position())
              : UdfFile.of(volume, child, in);
      return new Entry(at.name(), node);
    }
  }
}
