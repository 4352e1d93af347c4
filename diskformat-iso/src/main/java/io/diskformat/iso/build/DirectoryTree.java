package io.diskformat.iso.build;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One of a disc's trees: all of its directories in the order of the path table, which is that of
 * their levels, their parents and their names.
 */
final class DirectoryTree implements ImagePart {
  /** Parents have 16 bits in the path table. */
  private static final int MOST_PARENTS = 0xffff;

  /** Behind the first two entries of a file, its mode and its times. */
  private static final int AFTER_TIMES = 2;

  private static final byte[] ITSELF = {0};
  private static final byte[] ABOVE = {1};
  private static final SystemUseArea.Placed NOTHING = new SystemUseArea.Placed(new byte[0], -1, 0);

  private final DiscReport.Tree kind;
  private final NameRule rule;
  private final @Nullable SystemUseArea area;
  private final Relocation relocation = new Relocation();
  private final List<DiscDirectory> directories = new ArrayList<>();
  private final List<DiscReport.MappedName> mapped = new ArrayList<>();

  /** Directories that are known and not filled, with the paths of their files. */
  private final Queue<Pending> pending = new ArrayDeque<>();

  private record Pending(DiscDirectory directory, String path) {}

  /** A file, its name, and the bytes of that by which names are in order. */
  private static final class Named {
    private final Node node;
    private final String name;
    private final byte[] order;

    Named(Node node, String name, byte[] order) {
      this.node = node;
      this.name = name;
      this.order = order;
    }
  }

  private DirectoryTree(DiscReport.Tree kind, NameRule rule, @Nullable SystemUseArea area) {
    this.kind = kind;
    this.rule = rule;
    this.area = area;
  }

  /**
   * Lays out a tree.
   *
   * @param relocated whether directories that are too deep are kept elsewhere, which takes system
   *     use
   * @param area where its system use goes on, or null if it has none
   * @throws IOException if there are more directories than can be numbered
   */
  static DirectoryTree of(
      Node root,
      DiscReport.Tree kind,
      NameRule rule,
      boolean relocated,
      @Nullable SystemUseArea area)
      throws IOException {
    DirectoryTree tree = new DirectoryTree(kind, rule, area);
    if (relocated) {
      tree.relocation.find(root);
    }
    tree.enqueue(root, ITSELF, null, "");
    for (Pending next = tree.pending.poll(); next != null; next = tree.pending.poll()) {
      tree.fill(next.directory(), next.path());
    }
    return tree;
  }

  DiscDirectory root() {
    return directories.getFirst();
  }

  List<DiscDirectory> directories() {
    return directories;
  }

  /** Returns the names that are not recorded as they are. */
  List<DiscReport.MappedName> mapped() {
    return mapped;
  }

  private DiscDirectory enqueue(Node node, byte[] name, @Nullable DiscDirectory parent, String path)
      throws IOException {
    if (parent != null && parent.number() > MOST_PARENTS) {
      throw new IOException(
          path + ": there are more directories than ISO 9660 can number, " + MOST_PARENTS);
    }
    DiscDirectory directory = new DiscDirectory(node, name, parent, directories.size() + 1);
    directories.add(directory);
    pending.add(new Pending(directory, path));
    return directory;
  }

  private void fill(DiscDirectory directory, String path) throws IOException {
    Node node = directory.node();
    addSelf(directory);
    addAbove(directory);
    for (Named child : inOrder(relocation.children(node), path)) {
      addChild(directory, child, path + "/" + child.node.name());
    }
  }

  /** Returns what can be recorded in a directory, in the order of the recorded names. */
  private List<Named> inOrder(Collection<Node> children, String path) {
    List<Node> recorded = new ArrayList<>(children.size());
    for (Node child : children) {
      if (area != null || child.isDirectory() || child.data() != null) {
        recorded.add(child);
      } else {
        mapped.add(new DiscReport.MappedName(kind, path + "/" + child.name(), ""));
      }
    }
    List<Named> named = new ArrayList<>(recorded.size());
    Identifiers.assign(recorded, rule)
        .forEach((node, name) -> {
          if (area == null && !rule.isSame(node.name(), name)) {
            mapped.add(new DiscReport.MappedName(kind, path + "/" + node.name(), name));
          }
          // The name of a directory has no version, which does not count.
          named.add(new Named(node, name, rule.bytes(name, true)));
        });
    named.sort((a, b) -> Arrays.compareUnsigned(a.order, b.order));
    return named;
  }

  private void addSelf(DiscDirectory directory) {
    List<byte[]> entries = entries(directory.node());
    if (directory.parent() == directory && area != null) {
      entries.addFirst(RockRidgeEntries.shared());
      entries.add(RockRidgeEntries.extension());
    }
    Node node = directory.node();
    directory.add(
        new DiscRecord(
            ITSELF, DiscRecord.DIRECTORY, time(node), directory, placed(entries, ITSELF), null));
  }

  private void addAbove(DiscDirectory directory) {
    Node above = directory.parent().node();
    List<byte[]> entries = entries(above);
    Relocation.Moved moved = relocation.moved(directory.node());
    Extent original = null;
    if (moved != null) {
      original = moved.toOriginal();
      entries.addFirst(RockRidgeEntries.leadingTo("PL"));
    }
    directory.add(
        new DiscRecord(
            ABOVE,
            DiscRecord.DIRECTORY,
            time(above),
            directory.parent(),
            placed(entries, ABOVE),
            original));
  }

  private void addChild(DiscDirectory directory, Named child, String path) throws IOException {
    Node node = child.node;
    List<byte[]> entries = entries(node);
    if (area != null) {
      entries.addAll(AFTER_TIMES, RockRidgeEntries.name(node.name()));
    }
    Relocation.Moved moved = relocation.moved(node);
    if (moved != null && !relocation.isPlace(directory.node())) {
      moved.belongsTo(directory);
      entries.addFirst(RockRidgeEntries.leadingTo("CL"));
      directory.add(file(child, Extent.EMPTY, entries, moved.toKept()));
    } else if (node.isDirectory()) {
      byte[] name = rule.bytes(child.name, true);
      DiscDirectory below = enqueue(node, name, directory, path);
      if (moved != null) {
        moved.keptAs(below);
      }
      if (moved != null || relocation.isPlace(node)) {
        // So that nobody shows the place either.
        entries.addFirst(RockRidgeEntries.placedElsewhere());
      }
      directory.add(
          new DiscRecord(
              name, DiscRecord.DIRECTORY, time(node), below, placed(entries, name), null));
    } else {
      FileData data = node.data();
      directory.add(file(child, data == null ? Extent.EMPTY : data, entries, null));
    }
  }

  private DiscRecord file(Named file, Extent content, List<byte[]> entries, @Nullable Extent led) {
    byte[] name = rule.bytes(file.name, false);
    return new DiscRecord(name, 0, time(file.node), content, placed(entries, name), led);
  }

  private List<byte[]> entries(Node node) {
    return area == null ? new ArrayList<>() : RockRidgeEntries.of(node);
  }

  private SystemUseArea.Placed placed(List<byte[]> entries, byte[] name) {
    return area == null ? NOTHING : area.place(entries, DiscRecord.room(name));
  }

  private Instant time(Node node) {
    return node.recorded().modified();
  }

  /** libarchive wants those that are kept elsewhere before those that lead to them. */
  private List<DiscDirectory> inOrderOfPlaces() {
    List<DiscDirectory> kept = new ArrayList<>();
    List<DiscDirectory> others = new ArrayList<>();
    Set<DiscDirectory> inPlace = new HashSet<>();
    for (DiscDirectory directory : directories) {
      boolean isKept = relocation.isPlace(directory.node()) || inPlace.contains(directory.parent());
      if (isKept) {
        inPlace.add(directory);
      }
      (isKept || directory == root() ? kept : others).add(directory);
    }
    kept.addAll(others);
    return kept;
  }

  @Override
  public long place(long first) {
    long next = first;
    for (DiscDirectory directory : inOrderOfPlaces()) {
      next = directory.place(next);
    }
    return next;
  }

  @Override
  public void write(ImageOutput out) throws IOException {
    for (DiscDirectory directory : inOrderOfPlaces()) {
      directory.write(out, area);
    }
  }
}
