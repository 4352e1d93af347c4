package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import io.diskformat.device.ReadingDevice;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An edit of a tree in memory. It is strict: a node that was found before a change must not be used
 * after it, and what an edit may leave to its caller, it does not do.
 */
final class MemoryTree implements FileTreeEdit {
  private static final FileTime EDITED = FileTime.fromMillis(1_000_000_000_000L);

  private final Inode root = new Inode(Kind.DIRECTORY, 040755);
  private int numbers;
  private int stamp;
  boolean committed;
  boolean closed;

  private final class Inode {
    final int number = ++numbers;
    final Kind kind;
    final Map<String, Inode> children = new LinkedHashMap<>();
    int mode;
    long owner;
    long group;
    byte[] content = {};
    String target = "";
    FileTime modified = EDITED;
    FileTime accessed = EDITED;

    Inode(Kind kind, int mode) {
      this.kind = kind;
      this.mode = mode;
    }
  }

  private final class Node implements FileNode {
    private final Inode inode;
    private final int found = stamp;

    Node(Inode inode) {
      this.inode = inode;
    }

    Inode inode() {
      if (found != stamp) {
        throw new AssertionError("a node that was found before a change");
      }
      return inode;
    }

    @Override
    public NodeAttributes attributes() {
      Inode it = inode();
      return new NodeAttributes(
          it.kind,
          it.content.length,
          Optional.of(it.modified),
          Optional.of(it.accessed),
          Optional.empty(),
          Optional.of(new NodeAttributes.Posix(it.mode, it.owner, it.group, 1)),
          it.number);
    }

    @Override
    public Cursor list() {
      Iterator<Map.Entry<String, Inode>> entries = children(this).entrySet().iterator();
      return () -> {
        inode();
        if (!entries.hasNext()) {
          return null;
        }
        Map.Entry<String, Inode> entry = entries.next();
        return new Entry(entry.getKey(), new Node(entry.getValue()));
      };
    }

    @Override
    public String linkTarget() {
      return inode().target;
    }

    @Override
    public List<ByteRange> ranges() {
      throw new UnsupportedOperationException();
    }

    @Override
    public BlockDevice content() throws IOException {
      byte[] content = inode().content;
      return new ReadingDevice("memory", content.length) {
        @Override
        protected void readRange(long offset, MemorySegment target) {
          inode();
          MemorySegment.copy(MemorySegment.ofArray(content), offset, target, 0, target.byteSize());
        }
      };
    }
  }

  private static Inode inode(FileNode node) {
    return ((Node) node).inode();
  }

  private static Map<String, Inode> children(FileNode node) {
    Inode inode = inode(node);
    if (inode.kind != Kind.DIRECTORY) {
      throw new AssertionError("no directory");
    }
    return inode.children;
  }

  private void add(FileNode directory, String name, Inode inode) throws IOException {
    Map<String, Inode> children = children(directory);
    if (children.containsKey(name)) {
      throw new FileAlreadyExistsException(name);
    }
    if (name.isEmpty() || name.equals(".") || name.equals("..") || name.contains("/")) {
      throw new AssertionError("no name: " + name);
    }
    children.put(name, inode);
    stamp++;
  }

  @Override
  public FileTree tree() {
    if (closed) {
      throw new IllegalStateException();
    }
    return new FileTree() {
      @Override
      public String kind() {
        return "memory";
      }

      @Override
      public String label() {
        return "";
      }

      @Override
      public boolean hasPosixAttributes() {
        return true;
      }

      @Override
      public FileNode root() {
        return new Node(root);
      }
    };
  }

  @Override
  public void write(FileNode file, long position, MemorySegment source) {
    Inode inode = inode(file);
    int end = (int) (position + source.byteSize());
    inode.content = Arrays.copyOf(inode.content, Math.max(end, inode.content.length));
    MemorySegment.copy(
        source, 0, MemorySegment.ofArray(inode.content), position, source.byteSize());
    stamp++;
  }

  @Override
  public void setSize(FileNode file, long size) {
    Inode inode = inode(file);
    inode.content = Arrays.copyOf(inode.content, (int) size);
    stamp++;
  }

  @Override
  public void createFile(FileNode directory, String name, int permissions) throws IOException {
    add(directory, name, new Inode(Kind.FILE, 0100000 | permissions));
  }

  @Override
  public void createDirectory(FileNode directory, String name, int permissions) throws IOException {
    add(directory, name, new Inode(Kind.DIRECTORY, 040000 | permissions));
  }

  @Override
  public void createSymbolicLink(FileNode directory, String name, String target)
      throws IOException {
    Inode link = new Inode(Kind.SYMBOLIC_LINK, 0120777);
    link.target = target;
    add(directory, name, link);
  }

  @Override
  public void delete(FileNode directory, String name) throws IOException {
    Inode inode = children(directory).get(name);
    if (inode == null) {
      throw new NoSuchFileException(name);
    }
    if (!inode.children.isEmpty()) {
      throw new DirectoryNotEmptyException(name);
    }
    children(directory).remove(name);
    stamp++;
  }

  @Override
  public void rename(FileNode directory, String name, FileNode newDirectory, String newName)
      throws IOException {
    Inode inode = children(directory).get(name);
    if (inode == null) {
      throw new NoSuchFileException(name);
    }
    if (newName.startsWith("other volume")) {
      throw new AtomicMoveNotSupportedException(name, newName, "another volume");
    }
    Map<String, Inode> from = children(directory);
    add(newDirectory, newName, inode);
    from.remove(name);
  }

  @Override
  public void replace(FileNode directory, String name, String newName) throws IOException {
    Map<String, Inode> children = children(directory);
    Inode inode = children.get(name);
    Inode other = children.get(newName);
    if (inode == null || other == null) {
      throw new NoSuchFileException(name);
    }
    if (!other.children.isEmpty()) {
      throw new DirectoryNotEmptyException(newName);
    }
    children.put(newName, inode);
    children.remove(name);
    stamp++;
  }

  @Override
  public void setPermissions(FileNode file, int permissions) {
    Inode inode = inode(file);
    inode.mode = (inode.mode & ~07777) | permissions;
    stamp++;
  }

  @Override
  public void setOwner(FileNode file, long owner, long group) {
    Inode inode = inode(file);
    inode.owner = owner;
    inode.group = group;
    stamp++;
  }

  @Override
  public void setTimes(FileNode file, FileTime modified, FileTime accessed) {
    Inode inode = inode(file);
    inode.modified = modified == null ? inode.modified : modified;
    inode.accessed = accessed == null ? inode.accessed : accessed;
    stamp++;
  }

  @Override
  public void commit() {
    committed = true;
  }

  @Override
  public void close() {
    closed = true;
  }
}
