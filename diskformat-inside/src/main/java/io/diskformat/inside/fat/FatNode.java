package io.diskformat.inside.fat;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A file, or the root. */
final class FatNode implements FileNode {
  private final FatVolume volume;

  /** Or null for the root, which has none. */
  private final @Nullable FatEntry entry;

  /** The first cluster of the directory that it was found in. */
  private final long parent;

  private FatNode(FatVolume volume, @Nullable FatEntry entry, long parent) {
    this.volume = volume;
    this.entry = entry;
    this.parent = parent;
  }

  /** Returns the root. */
  static FatNode root(FatVolume volume) {
    return new FatNode(volume, null, Listing.ROOT);
  }

  @Override
  public Kind kind() {
    return entry == null || entry.isDirectory() ? Kind.DIRECTORY : Kind.FILE;
  }

  @Override
  public NodeAttributes attributes() {
    FatEntry found = entry;
    if (found == null) {
      return new NodeAttributes(
          Kind.DIRECTORY,
          0,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          -1L);
    }
    ByteBuffer bytes = found.bytes();
    return new NodeAttributes(
        kind(),
        found.isDirectory() ? 0 : found.size(),
        DosTime.of(bytes.getShort(0x18), bytes.getShort(0x16), (byte) 0),
        DosTime.of(bytes.getShort(0x12), (short) 0, (byte) 0),
        DosTime.of(bytes.getShort(0x10), bytes.getShort(0xE), bytes.get(0xD)),
        Optional.empty(),
        found.position());
  }

  FatVolume volume() {
    return volume;
  }

  /** Returns the entry, or null for the root. */
  @Nullable FatEntry entry() {
    return entry;
  }

  /** Returns the first cluster of a directory, or what stands for the root. */
  long cluster() {
    if (entry == null) {
      return Listing.ROOT;
    }
    if (!entry.isDirectory()) {
      throw new UnsupportedOperationException("no directory");
    }
    return entry.cluster(volume.boot().kind());
  }

  private FatNode child(Listing.Named file) {
    return new FatNode(volume, file.entry(), cluster());
  }

  private Listing listing() throws IOException {
    return new Listing(volume, cluster(), parent);
  }

  @Override
  public Cursor list() throws IOException {
    Listing files = listing();
    return () -> {
      Listing.Named file = files.next();
      return file == null ? null : new Entry(file.name(), child(file));
    };
  }

  /**
   * Returns the file of that long or short name, whatever the case of its letters; if there are
   * several, the one whose name is the same.
   */
  @Override
  public Optional<FileNode> find(String name) throws IOException {
    Optional<FileNode> similar = Optional.empty();
    Listing files = listing();
    for (Listing.Named file = files.next(); file != null; file = files.next()) {
      if (file.name().equals(name)) {
        return Optional.of(child(file));
      }
      if (similar.isEmpty()
          && (file.name().equalsIgnoreCase(name) || file.shortName().equalsIgnoreCase(name))) {
        similar = Optional.of(child(file));
      }
    }
    return similar;
  }

  private FatEntry file() {
    if (entry == null || entry.isDirectory()) {
      throw new UnsupportedOperationException("no regular file");
    }
    return entry;
  }

  @Override
  public List<ByteRange> ranges() throws IOException {
    return ClusterRuns.of(volume, file()).ranges();
  }

  @Override
  public BlockDevice content() throws IOException {
    FatEntry file = file();
    return new FatContent(volume.device(), ClusterRuns.of(volume, file), file.size());
  }
}
