package io.diskformat.filesystem;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.filesystem.NodeAttributes.Posix;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Changes the files of an edit, which are named by paths. Not thread-safe. */
final class TreeChanges implements ChangingTree {
  /** The name of a copy that is not complete, with a number: as short as FAT has them. */
  private static final String UNFINISHED = "COPY%d.TMP";

  private final FileSystem files;
  private final FileTreeEdit edit;
  private @Nullable EditedChannel replacing;
  private long stamp;

  TreeChanges(FileSystem files, FileTreeEdit edit) {
    this.files = files;
    this.edit = edit;
  }

  /** Makes a change; nodes that were found before must not be used any more. */
  @Override
  public void change(Change change) throws IOException {
    stamp++;
    change.make(edit);
  }

  /** Returns a number that changes with each change of the tree. */
  @Override
  public long stamp() {
    return stamp;
  }

  /** Returns the files as they are now. */
  @Override
  public FileTree tree() {
    if (!files.isOpen()) {
      throw new ClosedFileSystemException();
    }
    return edit.tree();
  }

  @Override
  public boolean isOpen() {
    return files.isOpen();
  }

  /**
   * Completes what an open channel has left undone, before anything else is read or changed. While
   * that fails, nothing else can be done, so that no file is committed that is partly old.
   */
  @Override
  public void settle() throws IOException {
    EditedChannel channel = replacing;
    if (channel != null) {
      channel.settle();
      replacing = null;
    }
  }

  @Override
  public void closing(SeekableByteChannel channel) throws IOException {
    if (channel.equals(replacing) && isOpen()) {
      settle();
    }
  }

  /** Writes all changes and ends the edit. */
  void commit() throws IOException {
    settle();
    edit.commit();
    files.close();
  }

  private ChangedPath find(TreePath path) throws IOException {
    settle();
    return ChangedPath.of(tree().root(), path.named(), path.toString());
  }

  private ChangedPath findNothing(TreePath path) throws IOException {
    ChangedPath found = find(path);
    if (found.node().isPresent()) {
      throw new FileAlreadyExistsException(path.toString());
    }
    return found;
  }

  private static FileNode present(ChangedPath path) throws NoSuchFileException {
    return path.node().orElseThrow(() -> new NoSuchFileException(path.shown()));
  }

  AttributeChanges attributes(TreePath path, boolean follow) {
    return new AttributeChanges(edit, () -> node(path, follow), () -> stamp++);
  }

  private OptionalInt mode(FileAttribute<?>... attributes) {
    OptionalInt mode = OptionalInt.empty();
    for (FileAttribute<?> attribute : attributes) {
      if (!attribute.name().equals("posix:permissions") || !tree().hasPosixAttributes()) {
        throw new UnsupportedOperationException("to create with " + attribute.name());
      }
      mode = OptionalInt.of(AttributeChanges.mode((Set<?>) attribute.value()));
    }
    return mode;
  }

  SeekableByteChannel open(TreePath path, OpenMode mode, FileAttribute<?>... attributes)
      throws IOException {
    return open(path, mode, mode(attributes));
  }

  /**
   * Opens a file.
   *
   * @param wanted permissions of a new one
   */
  SeekableByteChannel open(TreePath path, OpenMode mode, OptionalInt wanted) throws IOException {
    boolean makes = mode.writes() && mode.has(StandardOpenOption.CREATE);
    boolean makesNew = mode.writes() && mode.has(StandardOpenOption.CREATE_NEW);
    settle();
    if (makesNew && path.toString().endsWith("/.")) {
      throw new FileAlreadyExistsException(path.toString());
    }
    boolean follows = mode.followsLinks() && !makesNew;
    FileNode root = tree().root();
    ChangedPath found =
        follows
            ? ChangedPath.followed(root, path.named(), path.toString())
            : ChangedPath.of(root, path.named(), path.toString());
    if (found.node().isEmpty()) {
      if (!makes && !makesNew) {
        throw new NoSuchFileException(path.toString());
      }
      int permissions = permissions(wanted, found, false);
      change(it -> it.createFile(found.directory(), found.named(), permissions));
      return opened(mode, found, node(found.whole(), found.shown()));
    }
    if (makesNew) {
      throw new FileAlreadyExistsException(path.toString());
    }
    FileNode node = found.node().get();
    if (node.kind() != Kind.FILE) {
      throw new FileSystemException(path.toString(), null, "is no regular file");
    }
    EditedChannel channel = opened(mode, found, node);
    if (mode.writes() && mode.has(StandardOpenOption.TRUNCATE_EXISTING)) {
      channel.replace();
      replacing = channel;
    }
    return channel;
  }

  private EditedChannel opened(OpenMode mode, ChangedPath path, FileNode node) throws IOException {
    return new EditedChannel(this, mode, path, node);
  }

  private FileNode node(TreePath path, boolean follow) throws IOException {
    settle();
    return PathWalk.along(tree().root(), path.named(), follow).node();
  }

  private FileNode node(List<String> names, String shown) throws IOException {
    return PathWalk.along(tree().root(), names, false, shown).node();
  }

  private int permissions(OptionalInt wanted, ChangedPath place, boolean ofDirectory)
      throws IOException {
    return wanted.isPresent()
        ? wanted.getAsInt()
        : edit.usualPermissions(place.directory(), ofDirectory);
  }

  void createDirectory(TreePath path, FileAttribute<?>... attributes) throws IOException {
    createDirectory(path, mode(attributes));
  }

  /**
   * Creates a directory.
   *
   * @param wanted its permissions
   */
  void createDirectory(TreePath path, OptionalInt wanted) throws IOException {
    ChangedPath place = findNothing(path);
    int mode = permissions(wanted, place, true);
    change(it -> it.createDirectory(place.directory(), place.named(), mode));
  }

  void createSymbolicLink(TreePath path, String target) throws IOException {
    if (target.isEmpty()) {
      throw new NoSuchFileException(path.toString(), null, "a link must lead somewhere");
    }
    ChangedPath place = findNothing(path);
    change(it -> it.createSymbolicLink(place.directory(), place.named(), target));
  }

  void delete(TreePath path) throws IOException {
    ChangedPath place = find(path);
    delete(place, present(place));
  }

  /** A path that ends in two dots leads to a directory that is not empty. */
  private static void checkNotAbove(ChangedPath place) throws DirectoryNotEmptyException {
    if (place.name() == null && place.shown().endsWith("..")) {
      throw new DirectoryNotEmptyException(place.shown());
    }
  }

  private void delete(ChangedPath place, FileNode node) throws IOException {
    String name = checkDeletable(place, node);
    change(it -> it.delete(place.directory(), name));
  }

  /** Returns the name of a file that can be deleted. */
  private static String checkDeletable(ChangedPath place, FileNode node) throws IOException {
    checkNotAbove(place);
    String name = place.named();
    if (node.kind() == Kind.DIRECTORY && node.list().next() != null) {
      throw new DirectoryNotEmptyException(place.shown());
    }
    return name;
  }

  /** Deletes a file that could not be completed, or moved. */
  void deletePart(TreePath path, IOException why) {
    try {
      ChangedPath place = find(path);
      if (place.node().isPresent()) {
        delete(place, place.node().get());
      }
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  /** Deletes a file, if it is still the one that has the name. */
  @Override
  public void deleteIfThere(List<String> names, Object key) throws IOException {
    try {
      ChangedPath place = ChangedPath.of(tree().root(), names, "/" + String.join("/", names));
      Optional<FileNode> node = place.node();
      if (node.isPresent() && node.get().attributes().key().equals(key)) {
        delete(place, node.get());
      }
    } catch (NoSuchFileException e) {
      // It is gone already.
    }
  }

  /**
   * Renames a file within this file system.
   *
   * @param replace whether what has the new name is deleted
   */
  void move(TreePath from, TreePath to, boolean replace) throws IOException {
    ChangedPath source = find(from);
    FileNode node = present(source);
    ChangedPath target = find(to);
    boolean same = false;
    if (target.node().isPresent()) {
      FileNode other = target.node().get();
      same = other.attributes().key().equals(node.attributes().key());
      if (same && !isOtherCase(node, source, target)) {
        return;
      }
      if (!same && !replace) {
        throw new FileAlreadyExistsException(to.toString());
      }
    }
    checkNotAbove(target);
    String name = source.named();
    String newName = target.named();
    if (node.kind() == Kind.DIRECTORY && isWithin(target, source)) {
      throw new FileSystemException(
          from.toString(), to.toString(), "would be a directory inside of itself");
    }
    if (target.node().isPresent()) {
      try {
        change(it -> it.rename(source.directory(), name, target.directory(), newName));
        return;
      } catch (FileAlreadyExistsException e) {
        if (same) {
          // Two names of one file, which does not say that it has two.
          throw e;
        }
        // Nothing else is in the way, so only now what has the name is deleted.
      }
      ChangedPath taken = find(to);
      delete(taken, present(taken));
    }
    ChangedPath now = find(from);
    ChangedPath there = find(to);
    change(it -> it.rename(now.directory(), name, there.directory(), newName));
  }

  /**
   * Returns whether two names of a file are one in another case, rather than two links to it; the
   * file can get such a name.
   */
  private static boolean isOtherCase(FileNode node, ChangedPath source, ChangedPath target)
      throws IOException {
    String name = source.name();
    return name != null
        && name.equalsIgnoreCase(target.name())
        && !name.equals(target.name())
        && source.directory().attributes().key().equals(target.directory().attributes().key())
        && node.attributes().posix().map(Posix::links).orElse(1L) == 1;
  }

  private static boolean isWithin(ChangedPath inner, ChangedPath outer) {
    List<String> whole = outer.whole();
    return inner.names().size() >= whole.size()
        && inner.names().subList(0, whole.size()).equals(whole);
  }

  /**
   * Returns where a copy of a file is made: at its own place; or beside that, if a file is there
   * that {@link #replace} is to take away once the copy is complete; or null if there is nothing to
   * be copied, since a file is no copy of itself.
   *
   * @param key of the file that is to be copied, or null if it is in another file system
   * @param replace whether a file that is there may be taken away
   */
  @Nullable TreePath placeOfCopy(@Nullable Object key, TreePath to, boolean replace)
      throws IOException {
    ChangedPath target = find(to);
    if (target.node().isEmpty()) {
      return to;
    }
    FileNode other = target.node().get();
    if (other.attributes().key().equals(key)) {
      return null;
    }
    if (!replace) {
      throw new FileAlreadyExistsException(to.toString());
    }
    checkDeletable(target, other);
    int number = 0;
    while (target.directory().find(UNFINISHED.formatted(number)).isPresent()) {
      number++;
    }
    List<String> names = new ArrayList<>(target.names());
    names.add(UNFINISHED.formatted(number));
    return TreePath.absolute(to.getFileSystem(), List.copyOf(names));
  }

  /** Gives a copy that is complete the place of the file that it replaces. */
  void replace(TreePath copy, TreePath to) throws IOException {
    ChangedPath complete = find(copy);
    ChangedPath target = find(to);
    change(it -> it.replace(target.directory(), complete.named(), target.named()));
  }

  /** Gives a copy a mode, but for a link, as far as the volume that it is on has modes. */
  void setCopiedMode(TreePath path, NodeAttributes attributes, int mode) throws IOException {
    if (attributes.kind() != Kind.SYMBOLIC_LINK) {
      try {
        attributes(path, false).setMode(mode);
      } catch (UnsupportedFeatureException e) {
        // The volume of this file has no such modes.
      }
    }
  }

  /**
   * Gives a copy the times of its original, and its owner and mode as far as the copy's volume has
   * those.
   */
  void setAttributes(TreePath path, NodeAttributes attributes) throws IOException {
    AttributeChanges changes = attributes(path, false);
    if (attributes.posix().isPresent() && tree().hasPosixAttributes()) {
      Posix posix = attributes.posix().get();
      try {
        changes.setOwner(posix.owner(), posix.group());
      } catch (UnsupportedFeatureException e) {
        // The volume of this file has no owners.
      }
      setCopiedMode(path, attributes, posix.mode());
    }
    changes.setTimes(attributes.modified().orElse(null), attributes.accessed().orElse(null));
  }
}
