package io.diskformat.inside;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.filesystem.NodeAttributes.Posix;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Several trees as one: each but the first is in the place of a directory of another one. Where
 * some have owners and permissions, files of the others get those that Linux shows of FAT: they are
 * root's, and others may read and execute them.
 */
final class MountedTree implements FileTree {
  private static final int DIRECTORY_MODE = 040755;
  private static final int FILE_MODE = 0100755;

  private final Map<String, FileTree> trees;
  private final FileTree first;

  private MountedTree(Map<String, FileTree> trees, FileTree first) {
    this.trees = trees;
    this.first = first;
  }

  /**
   * Returns the tree of several, or the only one as it is.
   *
   * @param trees by {@link #place}; one of them at the empty place
   */
  static FileTree of(Map<String, FileTree> trees) {
    FileTree first = trees.get("");
    if (first == null) {
      throw new IllegalArgumentException("no volume is mounted at /");
    }
    return trees.size() == 1 ? first : new MountedTree(trees, first);
  }

  /**
   * Returns where a tree is, each name after a slash: nothing for the root.
   *
   * @throws IllegalArgumentException if that is not absolute, or goes up
   */
  static String place(String path) {
    List<String> names =
        Arrays.stream(path.split("/", -1)).filter(name -> !name.isEmpty()).toList();
    if (!path.startsWith("/") || names.contains(".") || names.contains("..")) {
      throw new IllegalArgumentException("no place to mount at: " + path);
    }
    return names.stream().map(name -> "/" + name).collect(Collectors.joining());
  }

  @Override
  public String kind() {
    return first.kind();
  }

  @Override
  public String label() {
    return first.label();
  }

  @Override
  public List<String> problems() {
    return trees.values().stream().flatMap(tree -> tree.problems().stream()).toList();
  }

  @Override
  public boolean hasPosixAttributes() {
    return trees.values().stream().anyMatch(FileTree::hasPosixAttributes);
  }

  @Override
  public boolean hasExtendedAttributes() {
    return trees.values().stream().anyMatch(FileTree::hasExtendedAttributes);
  }

  @Override
  public FileNode root() {
    return new Node("", "", first.root());
  }

  /**
   * Where a node is.
   *
   * @param path in all trees
   * @param tree the place of its tree
   * @param node in its own tree
   */
  record Placed(String path, String tree, FileNode node) {}

  /**
   * Returns where a node of such a tree is.
   *
   * @throws IllegalArgumentException if it is another tree's
   */
  static Placed placed(FileNode node) {
    if (node instanceof Node ours) {
      return new Placed(ours.path, ours.tree, ours.node);
    }
    throw new IllegalArgumentException("a node of another tree");
  }

  private static Optional<Posix> shown(NodeAttributes.Kind kind) {
    int mode = kind == NodeAttributes.Kind.DIRECTORY ? DIRECTORY_MODE : FILE_MODE;
    return Optional.of(new Posix(mode, 0, 0, 1));
  }

  /** The identity of a file in several trees. */
  private record Key(String tree, Object key) {}

  /** A file of one of the trees, with its path in all of them, and the place of its tree. */
  private final class Node implements FileNode {
    private final String path;
    private final String tree;
    private final FileNode node;

    Node(String path, String tree, FileNode node) {
      this.path = path;
      this.tree = tree;
      this.node = node;
    }

    private Node child(String name, FileNode found) {
      String place = path + "/" + name;
      FileTree mounted = trees.get(place);
      return mounted == null
          ? new Node(place, tree, found)
          : new Node(place, place, mounted.root());
    }

    @Override
    public NodeAttributes.Kind kind() throws IOException {
      return node.kind();
    }

    @Override
    public NodeAttributes attributes() throws IOException {
      NodeAttributes found = node.attributes();
      return new NodeAttributes(
          found.kind(),
          found.size(),
          found.modified(),
          found.accessed(),
          found.created(),
          hasPosixAttributes() ? found.posix().or(() -> shown(found.kind())) : found.posix(),
          found.unix(),
          new Key(tree, found.key()));
    }

    @Override
    public Map<String, byte[]> extendedAttributes() throws IOException {
      return node.extendedAttributes();
    }

    @Override
    public Cursor list() throws IOException {
      Cursor cursor = node.list();
      return new Cursor() {
        @Override
        public @Nullable Entry next() throws IOException {
          Entry entry = cursor.next();
          return entry == null ? null : new Entry(entry.name(), child(entry.name(), entry.node()));
        }
      };
    }

    @Override
    public Optional<FileNode> find(String name) throws IOException {
      return node.find(name).map(found -> child(name, found));
    }

    @Override
    public String linkTarget() throws IOException {
      return node.linkTarget();
    }

    @Override
    public List<ByteRange> ranges() throws IOException {
      return node.ranges();
    }

    @Override
    public BlockDevice content() throws IOException {
      return node.content();
    }
  }
}
