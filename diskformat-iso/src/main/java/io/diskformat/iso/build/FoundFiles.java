package io.diskformat.iso.build;

import io.diskformat.BlockDevice;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.NodeAttributes;
import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes over the files of an image that is there already. */
final class FoundFiles {
  private static final int PERMISSIONS = 07777;
  private static final int MODE_OF_DIRECTORIES = 0555;
  private static final int MODE_OF_FILES = 0444;

  private final BlockDevice device;
  private final Instant date;

  /** Paths of files by the blocks where their content begins; the first of several. */
  private final Map<Long, String> paths = new HashMap<>();

  private final List<String> lost = new ArrayList<>();
  private long end;
  private boolean compressed;

  /**
   * Begins.
   *
   * @param date of what has none
   */
  FoundFiles(BlockDevice device, Instant date) {
    this.device = device;
    this.date = date;
  }

  /**
   * Adds all that is in a directory.
   *
   * @throws UnsupportedFeatureException if there is a device, whose number is not known
   * @throws IOException if it cannot be read
   */
  void take(FileNode directory, Node into, String path) throws IOException {
    into.attributes(attributes(directory.attributes(), MODE_OF_DIRECTORIES));
    FileNode.Cursor cursor = directory.list();
    for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      String childPath = path + "/" + entry.name();
      if (into.child(entry.name()) != null) {
        lost.add("a second file named " + childPath);
        continue;
      }
      Node child = node(entry, childPath);
      into.put(child);
      if (child.isDirectory()) {
        take(entry.node(), child, childPath);
      }
    }
  }

  private Node node(FileNode.Entry entry, String path) throws IOException {
    NodeAttributes found = entry.node().attributes();
    DiscAttributes attributes = attributes(found, MODE_OF_FILES);
    return switch (found.kind()) {
      case DIRECTORY -> Node.directory(entry.name(), attributes);
      case SYMBOLIC_LINK -> Node.link(entry.name(), attributes, entry.node().linkTarget());
      case FILE -> file(entry, attributes, path);
      case OTHER -> {
        int mode = found.posix().map(NodeAttributes.Posix::mode).orElse(0);
        Node.Kind kind = Node.Kind.of(mode).orElse(Node.Kind.FILE);
        if (kind != Node.Kind.PIPE && kind != Node.Kind.SOCKET) {
          throw new UnsupportedFeatureException(
              device.toString(), "remastering " + path + ", which is a device");
        }
        yield Node.special(entry.name(), kind, attributes, 0);
      }
    };
  }

  private Node file(FileNode.Entry entry, DiscAttributes attributes, String path)
      throws IOException {
    FileNode node = entry.node();
    BlockDevice content = node.content();
    Object identity = null;
    try {
      List<ByteRange> ranges = node.ranges();
      for (ByteRange range : ranges) {
        end = Math.max(end, range.offset() + range.length());
      }
      if (!ranges.isEmpty() && content.size() > 0) {
        ByteRange first = ranges.getFirst();
        paths.putIfAbsent(first.offset() / DiscFields.BLOCK, path);
        identity = first.offset() + " " + content.size();
      }
    } catch (UnsupportedFeatureException e) {
      compressed = true;
    }
    DiscContent bytes = new DeviceContent(content, 0, content.size());
    return Node.file(entry.name(), attributes, bytes, identity);
  }

  private DiscAttributes attributes(NodeAttributes found, int otherwise) {
    int mode = found.posix().map(posix -> posix.mode() & PERMISSIONS).orElse(otherwise);
    return new DiscAttributes(
        mode,
        found.posix().map(NodeAttributes.Posix::owner).orElse(0L),
        found.posix().map(NodeAttributes.Posix::group).orElse(0L),
        found.modified().map(FileTime::toInstant).orElse(date),
        found.accessed().map(FileTime::toInstant),
        found.created().map(FileTime::toInstant));
  }

  /** Returns the path of the file whose content begins at a block, if there is one. */
  Optional<String> at(long block) {
    return Optional.ofNullable(paths.get(block));
  }

  /** Returns what is not taken over, as people read it. */
  List<String> lost() {
    return lost;
  }

  /** Returns where the last content ends, in bytes. */
  long end() {
    return end;
  }

  /** Returns whether any content is compressed. */
  boolean isCompressed() {
    return compressed;
  }

  /** Returns how long the longest name of a tree is, in units of UTF-16. */
  static int longestName(FileNode directory) throws IOException {
    int longest = 0;
    FileNode.Cursor cursor = directory.list();
    for (FileNode.@Nullable Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      longest = Math.max(longest, entry.name().length());
      if (entry.node().attributes().kind() == NodeAttributes.Kind.DIRECTORY) {
        longest = Math.max(longest, longestName(entry.node()));
      }
    }
    return longest;
  }
}
