package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.inside.ext.DirectoryLookup.Found;
import io.diskformat.spi.NameBytes;
import java.io.IOException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A file. Its inode is read when somebody asks for what is in there. */
final class ExtNode implements FileNode {
  private static final int MOST_TARGET = 4095;

  /** More pieces than that are not listed; they would take many MiB. */
  private static final int MOST_RANGES = 1 << 18;

  private final ExtVolume volume;
  private final long number;

  /** The directory that it was found in. */
  private final long parent;

  /** As its entry has it, or null if that does not say. */
  private final @Nullable Kind kind;

  /** Finds names in an edit; null where all of a directory is looked at. */
  private final @Nullable DirectoryLookup lookup;

  /** Once somebody has asked. */
  private @Nullable Inode inode;

  ExtNode(
      ExtVolume volume,
      long number,
      long parent,
      @Nullable Kind kind,
      @Nullable DirectoryLookup lookup) {
    this.volume = volume;
    this.lookup = lookup;
    this.number = number;
    this.parent = parent;
    this.kind = kind;
  }

  /** Returns whether this is a file of a volume. */
  boolean isOf(ExtVolume one) {
    return volume == one;
  }

  /** Returns the number of its inode. */
  long number() {
    return number;
  }

  /** Two threads that ask first read it twice. */
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
    Map<String, byte[]> values = new LinkedHashMap<>();
    for (ExtendedAttribute attribute : new ExtendedAttributes(volume, inode()).all()) {
      Optional<String> name = attribute.shownName();
      if (name.isPresent()) {
        values.put(name.get(), AttributeValues.of(volume, attribute));
      }
    }
    return values;
  }

  private Inode require(Kind wanted, String what) throws IOException {
    if (kind() != wanted) {
      throw new UnsupportedOperationException("no " + what);
    }
    Inode found = inode();
    if (found.kind() != wanted) {
      throw corrupt("is no " + what + ", as its entry in inode " + parent + " has it");
    }
    if (found.has(Inode.ENCRYPTED)) {
      throw volume.unsupported("an encrypted file of ext4, inode " + number);
    }
    return found;
  }

  private CorruptImageException corrupt(String problem) throws IOException {
    return volume.corrupt("inode", inode().position(), number + " " + problem);
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

  /**
   * Returns the file of a name. In some directories the case of its letters does not matter, nor
   * how they are composed; then the one whose name is the same comes first.
   */
  @Override
  public Optional<FileNode> find(String name) throws IOException {
    Optional<FileNode> same = exactly(name);
    return same.isPresent() || !inode().has(Inode.CASEFOLD) ? same : similar(name);
  }

  private Optional<FileNode> similar(String name) throws IOException {
    String folded = folded(name);
    FileNode.Cursor cursor = list();
    for (Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      if (folded(entry.name()).equals(folded)) {
        return Optional.of(entry.node());
      }
    }
    return Optional.empty();
  }

  private static String folded(String name) {
    String upper = Normalizer.normalize(name, Normalizer.Form.NFD).toUpperCase(Locale.ROOT);
    return Normalizer.normalize(upper.toLowerCase(Locale.ROOT), Normalizer.Form.NFD);
  }

  private ExtNode child(DirectoryEntry entry) {
    return new ExtNode(volume, entry.inode(), number, entry.kind(), lookup);
  }

  private Optional<FileNode> exactly(String name) throws IOException {
    DirectoryLookup names = lookup;
    if (names == null || name.equals(".") || name.equals("..") || name.indexOf('\uFFFD') >= 0) {
      // That character may stand for one that no path can have.
      return FileNode.super.find(name);
    }
    byte[] bytes = NameBytes.encode(name);
    if (!NameBytes.decode(bytes).equals(name)) {
      return Optional.empty();
    }
    Inode directory = require(Kind.DIRECTORY, "directory");
    if (directory.has(Inode.INLINE) || names.parent(directory) != parent) {
      return FileNode.super.find(name);
    }
    Found found = names.find(directory, bytes);
    if (found == null) {
      return Optional.empty();
    }
    return found.inode() == number
        ? FileNode.super.find(name)
        : Optional.of(
            new ExtNode(
                volume, found.inode(), number, DirectoryEntry.kindOf(found.type()), lookup));
  }

  @Override
  public String linkTarget() throws IOException {
    Inode link = require(Kind.SYMBOLIC_LINK, "symbolic link");
    long size = link.size();
    if (size < 0 || size > MOST_TARGET) {
      throw corrupt("is a symbolic link of " + size + " bytes");
    }
    byte[] target = new byte[(int) size];
    if (!link.has(Inode.INLINE) && !FileData.hasBlocks(volume, link)) {
      link.bytes().get(Inode.BLOCKS_AT, target);
    } else {
      FileData.content(volume, link).read(0, target);
    }
    String text = NameBytes.decode(target);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }

  @Override
  public List<ByteRange> ranges() throws IOException {
    Inode file = require(Kind.FILE, "regular file");
    List<ByteRange> ranges = new ArrayList<>();
    FileData.check(volume, file);
    if (file.has(Inode.INLINE)) {
      for (ByteRange range : FileData.inline(volume, file)) {
        if (range.isHole()) {
          ranges.add(range);
        } else {
          volume.addRanges(range.offset(), range.length(), ranges);
        }
      }
      return ranges;
    }
    FileBlocks blocks = FileData.blocks(volume, file);
    int blockSize = volume.superblock().blockSize();
    for (long at = 0; at < file.size(); ) {
      Run run = blocks.at(at / blockSize);
      long left = file.size() - at;
      long length = run.length() > left / blockSize ? left : run.length() * blockSize;
      if (ranges.size() >= MOST_RANGES) {
        throw volume.unsupported("a file in more than " + MOST_RANGES + " pieces");
      }
      if (run.isHole()) {
        ranges.add(ByteRange.hole(length));
      } else {
        long position = volume.position(run.block());
        volume.bytes().check(position, length, "content of a file");
        volume.addRanges(position, length, ranges);
      }
      at += length;
    }
    return ranges;
  }

  @Override
  public BlockDevice content() throws IOException {
    return FileData.content(volume, require(Kind.FILE, "regular file"));
  }
}
