package io.diskformat.inside.ext;

import static java.util.stream.Collectors.joining;

import io.diskformat.BlockDevice;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a tree of files must be like after changes that are chosen at random. What is refused
 * changes nothing.
 */
final class TreeModel {
  private static final int MOST_SIZE = 400_000;

  /** A file. */
  private static final class Node {
    final Kind kind;
    int mode;
    long owner;
    long group;
    Instant modified = Instant.EPOCH;
    byte[] content = {};
    String target = "";
    int links = 1;
    final TreeMap<String, Node> children = new TreeMap<>();

    Node(Kind kind) {
      this.kind = kind;
    }
  }

  private final Random random;
  private final Node root;
  private Instant now = Instant.EPOCH;

  /** How many changes were refused because this library does not make them. */
  int refused;

  int made;

  TreeModel(Random random, FileTree tree) throws IOException {
    this.random = random;
    this.root = read(tree.root(), new HashMap<>());
  }

  private static Node read(FileNode from, Map<Object, Node> known) throws IOException {
    NodeAttributes attributes = from.attributes();
    Node same = known.get(attributes.key());
    if (same != null) {
      return same;
    }
    Node node = new Node(attributes.kind());
    known.put(attributes.key(), node);
    NodeAttributes.Posix posix = attributes.posix().orElseThrow();
    node.mode = posix.mode() & 07777;
    node.owner = posix.owner();
    node.group = posix.group();
    node.links = (int) posix.links();
    node.modified = attributes.modified().orElseThrow().toInstant();
    switch (node.kind) {
      case FILE -> {
        try (BlockDevice content = from.content()) {
          node.content = new byte[(int) content.size()];
          content.read(0, node.content);
        }
      }
      case SYMBOLIC_LINK -> node.target = from.linkTarget();
      case DIRECTORY -> {
        FileNode.Cursor cursor = from.list();
        for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
          node.children.put(entry.name(), read(entry.node(), known));
        }
      }
      case OTHER -> {}
    }
    return node;
  }

  /** Returns what each file is, by its path. */
  static String describe(FileTree tree) throws IOException {
    return describe(read(tree.root(), new HashMap<>()));
  }

  String describe() {
    return describe(root);
  }

  private static String describe(Node root) {
    StringBuilder text = new StringBuilder();
    describe("", root, text, true);
    return text.toString();
  }

  /** Returns what files hold and where links lead, in the order of their paths. */
  String describeContent() {
    StringBuilder text = new StringBuilder();
    describe("", root, text, false);
    return text.toString().lines().sorted().map(line -> line + "\n").collect(joining());
  }

  private static void describe(String path, Node node, StringBuilder into, boolean all) {
    into.append(path).append(" ").append(node.kind).append(' ');
    if (all && node.kind != Kind.SYMBOLIC_LINK) {
      into.append("%o %d %d %s ".formatted(node.mode, node.owner, node.group, node.modified));
    }
    if (all) {
      into.append(node.links).append(' ');
    }
    CRC32C sum = new CRC32C();
    sum.update(node.content);
    into.append(node.content.length).append(' ').append(sum.getValue());
    into.append(node.target).append('\n');
    node.children.forEach((name, child) -> describe(path + "/" + name, child, into, all));
  }

  /** Makes changes in an edit and in this model. */
  void change(FileTreeEdit edit, Instant time, int count) throws IOException {
    now = time;
    gone.clear();
    for (int i = 0; i < count; i++) {
      try {
        change(edit);
        made++;
      } catch (UnsupportedFeatureException e) {
        refused++;
      } catch (FileSystemException e) {
        if (e.getReason() == null || !e.getReason().contains("is free")) {
          throw e;
        }
      }
    }
  }

  private record Place(String path, Node parent, String name, Node node) {}

  private List<Place> all() {
    List<Place> all = new ArrayList<>();
    collect("", root, all);
    return all;
  }

  private static void collect(String path, Node directory, List<Place> into) {
    directory.children.forEach((name, node) -> {
      into.add(new Place(path + "/" + name, directory, name, node));
      collect(path + "/" + name, node, into);
    });
  }

  private @Nullable Place pick(Kind kind) {
    List<Place> some =
        all().stream()
            .filter(place -> place.node.kind == kind && !place.name.equals("lost+found"))
            .toList();
    return some.isEmpty() ? null : some.get(random.nextInt(some.size()));
  }

  private Place pickDirectory() {
    Place place = random.nextInt(4) == 0 ? null : pick(Kind.DIRECTORY);
    return place == null ? new Place("/", root, "", root) : place;
  }

  private static FileNode find(FileTreeEdit edit, Place place) throws IOException {
    return Edits.find(edit, place.path);
  }

  private static String parentPath(Place place) {
    return place.path.substring(0, place.path.lastIndexOf('/') + 1);
  }

  private String newName() {
    return switch (random.nextInt(8)) {
      case 0 -> "n".repeat(1 + random.nextInt(255));
      case 1 -> "ü日" + random.nextInt(1000);
      default -> "new" + random.nextInt(1000);
    };
  }

  /** Where a name was that is gone. */
  private record Gone(Node directory, String name) {}

  private final List<Gone> gone = new ArrayList<>();

  /** Where something new is to be. */
  private record Target(Place directory, String name) {}

  /** Picks a name that is free, now and then one that was not before; or returns null. */
  private @Nullable Target pickTarget() {
    if (!gone.isEmpty() && random.nextInt(3) == 0) {
      Gone one = gone.get(random.nextInt(gone.size()));
      Place directory =
          one.directory == root
              ? new Place("/", root, "", root)
              : all().stream()
                  .filter(place -> place.node == one.directory)
                  .findFirst()
                  .orElse(null);
      if (directory != null && !one.directory.children.containsKey(one.name)) {
        return new Target(directory, one.name);
      }
    }
    Place directory = pickDirectory();
    String name = newName();
    return directory.node.children.containsKey(name) ? null : new Target(directory, name);
  }

  private void touch(Node node) {
    node.modified = now;
  }

  private void change(FileTreeEdit edit) throws IOException {
    switch (random.nextInt(14)) {
      case 0, 1, 2 -> write(edit);
      case 3 -> setSize(edit);
      case 4, 5 -> createFile(edit);
      case 6 -> createDirectory(edit);
      case 7 -> createLink(edit);
      case 8, 9 -> delete(edit);
      case 10 -> deleteTree(edit);
      case 11, 12 -> rename(edit);
      default -> setAttributes(edit);
    }
  }

  private byte[] bytes(int most) {
    byte[] bytes = new byte[1 + random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }

  private void write(FileTreeEdit edit) throws IOException {
    Place place = pick(Kind.FILE);
    if (place == null) {
      return;
    }
    Node file = place.node;
    int at =
        switch (random.nextInt(4)) {
          case 0 -> 0;
          case 1 -> file.content.length;
          case 2 -> random.nextInt(file.content.length + 1);
          default -> random.nextInt(MOST_SIZE);
        };
    byte[] bytes = bytes(random.nextInt(3) == 0 ? 100_000 : 5000);
    edit.write(find(edit, place), at, MemorySegment.ofArray(bytes));
    file.content = Arrays.copyOf(file.content, Math.max(file.content.length, at + bytes.length));
    System.arraycopy(bytes, 0, file.content, at, bytes.length);
    touch(file);
  }

  private void setSize(FileTreeEdit edit) throws IOException {
    Place place = pick(Kind.FILE);
    if (place == null) {
      return;
    }
    Node file = place.node;
    int size =
        switch (random.nextInt(4)) {
          case 0 -> 0;
          case 1 -> random.nextInt(MOST_SIZE);
          case 2 -> file.content.length / 4096 * 4096;
          default -> random.nextInt(file.content.length + 1);
        };
    edit.setSize(find(edit, place), size);
    file.content = Arrays.copyOf(file.content, size);
    touch(file);
  }

  private void put(Place directory, String name, Node node) {
    node.modified = now;
    directory.node.children.put(name, node);
    touch(directory.node);
  }

  private void createFile(FileTreeEdit edit) throws IOException {
    Target target = pickTarget();
    if (target == null) {
      return;
    }
    Place directory = target.directory;
    String name = target.name;
    Node made = new Node(Kind.FILE);
    made.mode = 0600 | random.nextInt(01000);
    edit.createFile(find(edit, directory), name, made.mode);
    put(directory, name, made);
    if (random.nextBoolean()) {
      byte[] bytes = bytes(20_000);
      FileNode file = find(edit, directory).find(name).orElseThrow();
      try {
        edit.write(file, 0, MemorySegment.ofArray(bytes));
        made.content = bytes;
      } catch (FileSystemException e) {
        // No room for it.
      }
    }
  }

  private void createDirectory(FileTreeEdit edit) throws IOException {
    Target target = pickTarget();
    if (target == null) {
      return;
    }
    Place directory = target.directory;
    String name = target.name;
    Node made = new Node(Kind.DIRECTORY);
    made.mode = 0700 | random.nextInt(01000);
    made.links = 2;
    edit.createDirectory(find(edit, directory), name, made.mode);
    put(directory, name, made);
    directory.node.links++;
  }

  private void createLink(FileTreeEdit edit) throws IOException {
    Target target = pickTarget();
    if (target == null) {
      return;
    }
    Place directory = target.directory;
    String name = target.name;
    Node made = new Node(Kind.SYMBOLIC_LINK);
    made.mode = 0777;
    made.target = "t".repeat(1 + random.nextInt(random.nextBoolean() ? 70 : 900));
    edit.createSymbolicLink(find(edit, directory), name, made.target);
    put(directory, name, made);
  }

  private void delete(FileTreeEdit edit) throws IOException {
    List<Place> some =
        all().stream()
            .filter(place -> place.node.children.isEmpty() && !place.name.equals("lost+found"))
            .toList();
    if (!some.isEmpty()) {
      delete(edit, some.get(random.nextInt(some.size())));
    }
  }

  private void delete(FileTreeEdit edit, Place place) throws IOException {
    edit.delete(Edits.find(edit, parentPath(place)), place.name);
    place.parent.children.remove(place.name);
    gone.add(new Gone(place.parent, place.name));
    place.node.links--;
    touch(place.parent);
    if (place.node.kind == Kind.DIRECTORY) {
      place.parent.links--;
    }
  }

  private void deleteTree(FileTreeEdit edit) throws IOException {
    Place place = pick(Kind.DIRECTORY);
    if (place == null || random.nextInt(3) != 0) {
      return;
    }
    List<Place> below = new ArrayList<>();
    collect(place.path, place.node, below);
    for (Place each : below.reversed()) {
      delete(edit, each);
    }
    delete(edit, place);
  }

  private void rename(FileTreeEdit edit) throws IOException {
    List<Place> some = all().stream().filter(place -> !place.name.equals("lost+found")).toList();
    if (some.isEmpty()) {
      return;
    }
    Place place = some.get(random.nextInt(some.size()));
    Target chosen = pickTarget();
    if (chosen == null) {
      return;
    }
    Place target = chosen.directory;
    String name = random.nextInt(3) == 0 ? place.name : chosen.name;
    if (target.node.children.containsKey(name)) {
      return;
    }
    String inside = target.path.equals("/") ? "/" : target.path + "/";
    FileNode from = Edits.find(edit, parentPath(place));
    if (inside.startsWith(place.path + "/")) {
      try {
        edit.rename(from, place.name, find(edit, target), name);
        throw new AssertionError("is inside of itself");
      } catch (FileSystemException e) {
        return;
      }
    }
    edit.rename(from, place.name, find(edit, target), name);
    place.parent.children.remove(place.name);
    gone.add(new Gone(place.parent, place.name));
    target.node.children.put(name, place.node);
    touch(place.parent);
    touch(target.node);
    if (place.node.kind == Kind.DIRECTORY) {
      place.parent.links--;
      target.node.links++;
    }
  }

  private void setAttributes(FileTreeEdit edit) throws IOException {
    Place place = random.nextBoolean() ? pick(Kind.FILE) : pick(Kind.DIRECTORY);
    if (place == null) {
      return;
    }
    Node node = place.node;
    FileNode file = find(edit, place);
    switch (random.nextInt(3)) {
      case 0 -> {
        int mode = 0700 | random.nextInt(01000);
        edit.setPermissions(file, mode);
        node.mode = mode;
      }
      case 1 -> {
        long owner = random.nextInt(100_000);
        edit.setOwner(file, owner, owner + 1);
        node.owner = owner;
        node.group = owner + 1;
      }
      default -> {
        Instant time = Instant.ofEpochSecond(random.nextInt(1_700_000_000));
        edit.setTimes(file, FileTime.from(time), null);
        node.modified = time;
      }
    }
  }
}
