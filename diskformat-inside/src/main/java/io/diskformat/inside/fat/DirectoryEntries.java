package io.diskformat.inside.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads the entries of a directory, of all kinds. For one thread. */
final class DirectoryEntries {
  /** The most bytes of a directory: 65,536 entries. */
  private static final int MOST_BYTES = 65_536 * FatEntry.SIZE;

  /** The most bytes to read at once. */
  private static final int PIECE = 32 << 10;

  private final FatVolume volume;

  /** The clusters of the directory, or null for the root of FAT12 and FAT16. */
  private final @Nullable Chain chain;

  /** The position of the next piece. */
  private long position;

  /** How many bytes of the cluster were not read yet. */
  private int left;

  private int total;
  private @Nullable ByteBuffer piece;
  private long pieceAt;
  private int at;
  private boolean ended;

  private DirectoryEntries(FatVolume volume, @Nullable Chain chain, long position, int left) {
    this.volume = volume;
    this.chain = chain;
    this.position = position;
    this.left = left;
  }

  /** Returns those of the root. */
  static DirectoryEntries ofRoot(FatVolume volume) throws IOException {
    BootSector boot = volume.boot();
    return boot.kind() == TableKind.FAT32
        ? of(volume, boot.rootCluster())
        : new DirectoryEntries(volume, null, boot.rootAt(), boot.rootSize());
  }

  /** Returns those of a directory that begins with a cluster. */
  static DirectoryEntries of(FatVolume volume, long cluster) throws IOException {
    return new DirectoryEntries(volume, new Chain(volume, cluster), 0, 0);
  }

  /** Returns the next entry that was ever used, or null after the last. */
  @Nullable FatEntry next() throws IOException {
    if (ended) {
      return null;
    }
    ByteBuffer bytes = piece;
    if (bytes == null || at >= bytes.capacity()) {
      if (!advance()) {
        return null;
      }
      pieceAt = position;
      bytes = volume.bytes().read(position, Math.min(left, PIECE), "directory");
      piece = bytes;
      position += bytes.capacity();
      left -= bytes.capacity();
      total += bytes.capacity();
      at = 0;
    }
    FatEntry entry =
        new FatEntry(bytes.slice(at, FatEntry.SIZE).order(bytes.order()), pieceAt + at);
    at += FatEntry.SIZE;
    ended = entry.isEnd();
    return ended ? null : entry;
  }

  /** Returns whether there is something left to read. */
  private boolean advance() throws IOException {
    if (left == 0 && chain != null) {
      int cluster = chain.next();
      if (cluster != Table.NONE) {
        position = volume.boot().position(cluster);
        left = volume.boot().clusterSize();
      }
    }
    if (left > 0 && total >= MOST_BYTES) {
      throw volume.corrupt("directory", position, "has more entries than 65536");
    }
    return left > 0;
  }
}
