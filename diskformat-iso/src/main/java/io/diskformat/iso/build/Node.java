package io.diskformat.iso.build;

import java.util.Collection;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A file of a disc to be made, by its own name. */
final class Node {
  /** What POSIX calls types of files. */
  enum Kind {
    DIRECTORY(0040000),
    FILE(0100000),
    LINK(0120000),
    CHARACTER_DEVICE(0020000),
    BLOCK_DEVICE(0060000),
    PIPE(0010000),
    SOCKET(0140000);

    private final int type;

    Kind(int type) {
      this.type = type;
    }

    int type() {
      return type;
    }

    /** Returns the kind that a mode's type is, or empty if there is none. */
    static Optional<Kind> of(int mode) {
      for (Kind kind : values()) {
        if (kind.type == (mode & 0170000)) {
          return Optional.of(kind);
        }
      }
      return Optional.empty();
    }
  }

  private final String name;
  private final Kind kind;
  private final TreeMap<String, Node> children = new TreeMap<>();
  private final @Nullable DiscContent content;
  private final String target;
  private final long device;

  /** Equal to that of what is the same file by another name; null if there is none. */
  private final @Nullable Object identity;

  /** Null if nobody asked for this directory, but for what is in it. */
  private @Nullable DiscAttributes attributes;

  private @Nullable DiscAttributes recorded;
  private int links = 1;
  private @Nullable FileData data;

  private Node(
      String name,
      Kind kind,
      @Nullable DiscAttributes attributes,
      @Nullable DiscContent content,
      String target,
      long device,
      @Nullable Object identity) {
    this.name = name;
    this.kind = kind;
    this.attributes = attributes;
    this.content = content;
    this.target = target;
    this.device = device;
    this.identity = identity;
  }

  static Node directory(String name, @Nullable DiscAttributes attributes) {
    return new Node(name, Kind.DIRECTORY, attributes, null, "", 0, null);
  }

  static Node file(
      String name,
      @Nullable DiscAttributes attributes,
      DiscContent content,
      @Nullable Object identity) {
    return new Node(name, Kind.FILE, attributes, content, "", 0, identity);
  }

  static Node link(String name, DiscAttributes attributes, String target) {
    return new Node(name, Kind.LINK, attributes, null, target, 0, null);
  }

  /**
   * Returns a device, a pipe or a socket.
   *
   * @param device the number of the device, as Linux has it
   */
  static Node special(String name, Kind kind, DiscAttributes attributes, long device) {
    return new Node(name, kind, attributes, null, "", device, null);
  }

  String name() {
    return name;
  }

  Kind kind() {
    return kind;
  }

  boolean isDirectory() {
    return kind == Kind.DIRECTORY;
  }

  /** Returns what was asked for, or null if nothing was. */
  @Nullable DiscAttributes attributes() {
    return attributes;
  }

  void attributes(@Nullable DiscAttributes others) {
    attributes = others;
  }

  /** Returns what is to be recorded. */
  DiscAttributes recorded() {
    return Objects.requireNonNull(recorded);
  }

  void record(DiscAttributes wanted) {
    recorded = wanted;
  }

  /** Returns the files of a directory in the order of their names. */
  Collection<Node> children() {
    return children.values();
  }

  @Nullable Node child(String childName) {
    return children.get(childName);
  }

  void put(Node child) {
    children.put(child.name, child);
  }

  @Nullable Node remove(String childName) {
    return children.remove(childName);
  }

  @Nullable DiscContent content() {
    return content;
  }

  String target() {
    return target;
  }

  long device() {
    return device;
  }

  @Nullable Object identity() {
    return identity;
  }

  /** Returns how many names the file has. */
  int links() {
    return links;
  }

  void links(int number) {
    links = number;
  }

  /** Returns where the content is put, or null if there is none. */
  @Nullable FileData data() {
    return data;
  }

  void data(FileData placed) {
    data = placed;
  }
}
