package io.diskformat.inside.xfs;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.FileContent;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A file. Its inode is read when somebody asks for what is in there. */
final class XfsNode implements FileNode {
  private final XfsVolume volume;
  private final long number;

  /** The directory in which it was found. */
  private final long parent;

  /** The kind of the file by its entry, or null if that does not say it. */
  private final @Nullable Kind kind;

  /** The inode, once it was read. */
  private @Nullable Inode inode;

  XfsNode(XfsVolume volume, long number, long parent, @Nullable Kind kind) {
    this.volume = volume;
    this.number = number;
    this.parent = parent;
    this.kind = kind;
  }

  /** Two threads may read it at once, with equal results. */
  private Inode inode() throws IOException {
    Inode known = inode;
    if (known == null) {
      known = volume.inode(number);
      inode = known;
    }
    return known;
  }

  @Override
  public Kind kind() throws IOException {
    return kind == null ? inode().kind() : kind;
  }

  @Override
  public NodeAttributes attributes() throws IOException {
    return inode().attributes();
  }

  @Override
  public Map<String, byte[]> extendedAttributes() throws IOException {
    return ExtendedAttributes.of(volume, inode());
  }

  private Inode require(Kind wanted, String what) throws IOException {
    if (kind() != wanted) {
      throw new UnsupportedOperationException("no " + what);
    }
    Inode found = inode();
    if (found.kind() != wanted) {
      throw volume.corrupt(
          "inode",
          found.position(),
          number + " is no " + what + ", as its entry in inode " + parent + " has it");
    }
    return found;
  }

  @Override
  public FileNode.Cursor list() throws IOException {
    DirectoryEntries entries =
        new DirectoryEntries(volume, require(Kind.DIRECTORY, "directory"), parent);
    return () -> {
      DirectoryEntry entry = entries.next();
      return entry == null ? null : new Entry(entry.text(), child(entry));
    };
  }

  private XfsNode child(DirectoryEntry entry) {
    return new XfsNode(volume, entry.inode(), number, entry.kind());
  }

  @Override
  public String linkTarget() throws IOException {
    return SymbolicLink.target(volume, require(Kind.SYMBOLIC_LINK, "symbolic link"));
  }

  @Override
  public List<ByteRange> ranges() throws IOException {
    return FileRanges.of(volume, require(Kind.FILE, "regular file"));
  }

  @Override
  public BlockDevice content() throws IOException {
    return FileContent.of(volume.device(), ranges());
  }
}
